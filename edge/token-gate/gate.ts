import { pageObject } from '#contract/routes.ts';
import {
  isAccount,
  judgeToken,
  type LineOfEvent,
  type LineToken,
  openersOf,
  type Proof,
  type TokenVerdict,
  userSubject,
} from '#core/access/decision.ts';
import { eventOfRequest } from '#core/access/event-of-request.ts';
import { type Presented, presentedAccess, presentedToken, presentedVisitor } from '#core/access/presented.ts';
import { visitorSubject } from '#core/access/subject.ts';
import { verifyAccess } from '#core/access/verify-access.ts';
import { verifyToken } from '#core/access/verify-token.ts';
import { presentsAccess, presentsToken } from '../shared/presents.ts';
import { type Refusal, refuse, refuseAccess } from '../shared/refusal.ts';
import type { GateRequest } from '../shared/request.ts';
import type { Leaf, RouteTree } from '../shared/route-tree.ts';
import { screen } from '../shared/screen.ts';
import { type Forward, refuseAmbiguousEvent, refuseConflict } from '../shared/viewer.ts';
import type { ReadyConfig } from './ready-config.ts';

interface GateDeps {
  readonly tree: RouteTree;
  /** Returns the newest configuration. */
  readonly current: () => Promise<ReadyConfig>;
  /** Returns it after another read, for a token of an unknown key or line. The source limits these reads. */
  readonly renewed: () => Promise<ReadyConfig>;
  readonly nowMs: () => number;
}

/** Decides a request: forwards it if it is verified or needs no proof. The origin verifies it again. */
export async function decideOrigin(request: GateRequest, deps: GateDeps): Promise<Forward | Refusal> {
  const screened = screen(request, deps.tree);
  if (screened.outcome === 'refuse') return screened;
  const { eventId } = screened;
  const { access, kind } = screened.leaf;
  const refusal =
    access === 'public' ? undefined : await refuseUnproven({ request, access, kind, eventId }, deps);
  return refusal ?? { outcome: 'forward', uri: kind === 'page' ? pageObject(request.path) : request.path };
}

interface Asked {
  readonly request: GateRequest;
  readonly access: Proof;
  readonly kind: Leaf['kind'];
  /** From the path or another name of the event; undefined: the request names none. */
  readonly eventId: string | undefined;
}

async function refuseUnproven(of: Asked, deps: GateDeps): Promise<Refusal | undefined> {
  const isNamed = of.eventId !== undefined || of.access === 'user';
  const named = isNamed ? undefined : eventOfRequest(of.request);
  if (named?.state === 'conflict') return refuseAmbiguousEvent();
  const asked = named?.state === 'one' ? { ...of, eventId: named.value } : of;
  if (presentations(asked).some(({ state }) => state === 'conflict')) return refuseConflict();
  const ready = await deps.current();
  if (!ready.isRead) return holdOrRefuse(asked);
  const nowMs = deps.nowMs();
  const first = await lackOf(asked, ready, nowMs);
  const lack = first?.isStale ? await lackOf(asked, await deps.renewed(), nowMs) : first;
  return lack && refuseAccess(lack.access, asked.kind, asked.eventId);
}

const presentations = ({ request, eventId }: Asked): Presented[] => [
  presentedVisitor(request),
  presentedAccess(request),
  presentedToken(request, 'pass', eventId),
  presentedToken(request, 'entry', eventId),
];

interface Lack {
  readonly access: Proof;
  /** A token has a key or a line that this configuration lacks, but a newer one may contain. */
  readonly isStale?: boolean;
}

/** Returns the missing proof; undefined: nothing is missing. */
async function lackOf(asked: Asked, ready: ReadyConfig, nowMs: number): Promise<Lack | undefined> {
  const { access, kind, eventId, request } = asked;
  if (access !== 'user') {
    // `constructor` is a possible event id, so only own properties count.
    const event = Object.hasOwn(ready.config.events, `${eventId}`)
      ? ready.config.events[`${eventId}`]
      : undefined;
    if (event === undefined) return { access };
    const openers = openersOf(access, event);
    if (openers.length > 0) return lackOfToken(asked, openers, event, ready, nowMs);
    if (!event.gated || kind === 'page') return undefined;
  }
  return (await userOf(request, ready, nowMs)) === undefined ? { access: 'user' } : undefined;
}

async function lackOfToken(
  { request, eventId }: Asked,
  openers: readonly LineToken[],
  event: LineOfEvent,
  ready: ReadyConfig,
  nowMs: number,
): Promise<Lack | undefined> {
  const visitor = presentedVisitor(request);
  const trusted = { issuer: ready.config.issuer, keys: ready.keys };
  const verdicts: TokenVerdict[] = [];
  for (const kind of openers) {
    const shown = presentedToken(request, kind, eventId);
    const verified = shown.state === 'one' ? verifyToken(kind, shown.value, trusted, nowMs) : undefined;
    if (verified?.outcome === 'unknown-key') verdicts.push('newer');
    if (verified?.outcome !== 'valid' || verified.claims.aud !== eventId) continue;
    const { claims } = verified;
    const presenter = {
      visitor: visitor.state === 'one' ? visitorSubject(visitor.value) : undefined,
      user: isAccount(claims.sub) ? await userOf(request, ready, nowMs) : undefined,
    };
    verdicts.push(judgeToken(claims, event.generation, presenter));
  }
  if (verdicts.includes('own')) return undefined;
  // 401 lets the page renew the sign-in and repeat the request. Only another account is WRONG_ACCOUNT.
  const access = verdicts.includes('sign-in') ? 'user' : openers.includes('pass') ? 'pass' : 'entry';
  return { access, isStale: verdicts.includes('newer') };
}

async function userOf(
  request: GateRequest,
  { signIn }: ReadyConfig,
  nowMs: number,
): Promise<string | undefined> {
  const shown = presentedAccess(request);
  if (signIn === undefined || shown.state !== 'one') return undefined;
  const user = await verifyAccess(shown.value, signIn, nowMs);
  return user && userSubject(user.sub);
}

/** No configuration has been read yet: holds a request that may be valid, and refuses any other (docs/adr/0012). */
function holdOrRefuse({ request, access, kind, eventId }: Asked): Refusal {
  const couldBeValid =
    access === 'user'
      ? presentsAccess(request)
      : presentsToken(request, 'pass', eventId) || presentsToken(request, 'entry', eventId);
  return couldBeValid ? hold(kind) : refuseAccess(access, kind, eventId);
}

const holdSeconds = 2;
const holdPage = `<!doctype html><html lang="ko"><meta charset="utf-8"><meta http-equiv="refresh" content="${holdSeconds}"><title>URR</title><p>잠시 후 다시 시도합니다 · <span lang="en">One moment, trying again</span></html>`;

function hold(kind: Leaf['kind']): Refusal {
  return {
    ...refuse('UNAVAILABLE', 'tokens cannot be verified yet; please try again'),
    retryAfterSeconds: holdSeconds,
    ...(kind === 'page' ? { page: holdPage } : {}),
  };
}
