import { createHash } from 'node:crypto';
import { pageObject } from '#contract/routes.ts';
import { type GatedEvent, isOwner, type Requirement, requirementOf } from '#core/access/access.ts';
import { eventOfRequest } from '#core/access/event-of-request.ts';
import {
  presentedAccessToken,
  presentedToken,
  presentedVisitor,
  showsToken,
} from '#core/access/presented.ts';
import { type Refusal, refuse, refuseAccess } from '#core/access/refusal.ts';
import type { GateRequest } from '#core/access/request.ts';
import type { Leaf, RouteTree } from '#core/access/route-tree.ts';
import { screen } from '#core/access/screen.ts';
import { isPlausibleAccessToken } from '#core/access/token-syntax.ts';
import { type Forward, refuseAmbiguousEvent, refuseConflict } from '#core/access/viewer.ts';
import type { ReadyConfig } from './ready-config.ts';
import { verifyAccess } from './verify-access.ts';
import { type VerifiableKind, type VerifiedToken, verifyToken } from './verify-token.ts';

export interface GateDeps {
  readonly tree: RouteTree;
  /** Newest configuration there is. */
  readonly current: () => Promise<ReadyConfig>;
  /** The same, read again for a token with an unknown key; bounded by the source. */
  readonly renewed: () => Promise<ReadyConfig>;
  readonly nowMs: () => number;
}

/** The gate's whole decision. Forwarding means: verified, or nothing to verify. The origin verifies again. */
export async function decideOrigin(request: GateRequest, deps: GateDeps): Promise<Forward | Refusal> {
  const screened = screen(request, deps.tree);
  if (screened.outcome === 'refuse') return screened;
  const { leaf } = screened;
  const refusal =
    leaf.access === 'public' ? undefined : await refuseUnproven(request, leaf, screened.eventId, deps);
  return (
    refusal ?? { outcome: 'forward', uri: leaf.kind === 'page' ? pageObject(request.path) : request.path }
  );
}

async function refuseUnproven(
  request: GateRequest,
  leaf: Leaf,
  pathEventId: string | undefined,
  deps: GateDeps,
): Promise<Refusal | undefined> {
  const ready = await deps.current();
  if (leaf.access === 'user') return requireUser(request, leaf, pathEventId, ready, deps);
  const named = pathEventId === undefined ? eventOfRequest(request) : undefined;
  if (named?.state === 'ambiguous') return refuseAmbiguousEvent();
  if (named?.state === 'conflict') return refuseConflict();
  const eventId = named?.state === 'one' ? named.eventId : pathEventId;
  if (!ready.isRead) return holdOrRefuse(request, leaf, eventId);
  const event = eventId === undefined ? undefined : eventOf(ready, eventId);
  if (eventId === undefined || event === undefined) return refuseLeaf(leaf, eventId);
  const requirement = requirementOf(leaf, event, ready.config.signIn !== undefined);
  if (requirement === 'nothing') return undefined;
  if (requirement === 'user') return requireUser(request, leaf, eventId, ready, deps);
  return requireToken(request, leaf, eventId, requirement, ready, deps);
}

function eventOf(ready: ReadyConfig, eventId: string): GatedEvent | undefined {
  // `constructor` is a possible event id.
  return Object.hasOwn(ready.config.events, eventId) ? ready.config.events[eventId] : undefined;
}

const refuseLeaf = (leaf: Leaf, eventId: string | undefined): Refusal =>
  refuseAccess(leaf.access === 'entry' ? 'entry' : 'pass', leaf.kind, eventId);

async function requireToken(
  request: GateRequest,
  leaf: Leaf,
  eventId: string,
  requirement: VerifiableKind,
  ready: ReadyConfig,
  deps: GateDeps,
): Promise<Refusal | undefined> {
  const shown = presentedToken(request, requirement, eventId);
  if (shown.state === 'conflict') return refuseConflict();
  const refusal = refuseAccess(requirement, leaf.kind, eventId);
  if (shown.state === 'none') return refusal;
  let verification = verifyToken(requirement, shown.value, ready, deps.nowMs());
  let known = ready;
  if (verification.outcome === 'unknown-key') {
    known = await deps.renewed();
    verification = verifyToken(requirement, shown.value, known, deps.nowMs());
  }
  if (verification.outcome !== 'valid') return refusal;
  const { token } = verification;
  // Asked of the renewed configuration: the event may have changed with the keys.
  if (token.eventId !== eventId || token.generation !== eventOf(known, eventId)?.generation) return refusal;
  return requireOwner(request, token, requirement, leaf, known, deps);
}

async function requireOwner(
  request: GateRequest,
  token: VerifiedToken,
  requirement: Requirement,
  leaf: Leaf,
  ready: ReadyConfig,
  deps: GateDeps,
): Promise<Refusal | undefined> {
  const visitor = presentedVisitor(request);
  if (visitor.state === 'conflict') return refuse('BAD_REQUEST', 'two different visitors');
  const hasSignIn = ready.config.signIn !== undefined;
  const needsUser = token.subject.startsWith('u.');
  const user = needsUser ? await signedInUser(request, ready, deps) : undefined;
  // 401 lets the page renew the sign-in and try again; only a different account is a wrong one.
  if (needsUser && hasSignIn && user === undefined) return refuseAccess('user', leaf.kind, token.eventId);
  const presenter = { visitor: visitor.state === 'one' ? visitorSubject(visitor.value) : undefined, user };
  if (isOwner(token.subject, presenter, requirement, hasSignIn)) return undefined;
  return refuseAccess(requirement === 'entry' ? 'entry' : 'pass', leaf.kind, token.eventId);
}

/** `v.` + SHA-256 of the cookie's text (contract/tokens.ts, subjectSchema). */
const visitorSubject = (visitor: string) => `v.${createHash('sha256').update(visitor).digest('base64url')}`;

async function requireUser(
  request: GateRequest,
  leaf: Leaf,
  eventId: string | undefined,
  ready: ReadyConfig,
  deps: GateDeps,
): Promise<Refusal | undefined> {
  if (!ready.isRead && showsAccess(request)) return hold(leaf);
  const user = await signedInUser(request, ready, deps);
  return user === undefined ? refuseAccess('user', leaf.kind, eventId) : undefined;
}

async function signedInUser(
  request: GateRequest,
  ready: ReadyConfig,
  deps: GateDeps,
): Promise<string | undefined> {
  const shown = presentedAccessToken(request);
  return shown.state === 'one' ? verifyAccess(shown.value, ready, deps.nowMs()) : undefined;
}

function showsAccess(request: GateRequest): boolean {
  const shown = presentedAccessToken(request);
  return shown.state === 'one' && isPlausibleAccessToken(shown.value);
}

/** Nothing was ever read: what could be valid waits, the rest is refused as always (docs/adr/0012). */
function holdOrRefuse(request: GateRequest, leaf: Leaf, eventId: string | undefined): Refusal {
  const shows =
    showsToken(request, 'pass', eventId) ||
    (leaf.access === 'entry' && showsToken(request, 'entry', eventId));
  return shows ? hold(leaf) : refuseLeaf(leaf, eventId);
}

const holdSeconds = 2;
const holdPage = `<!doctype html><html lang="ko"><meta charset="utf-8"><meta http-equiv="refresh" content="${holdSeconds}"><title>URR</title><p>잠시 후 다시 시도합니다 · <span lang="en">One moment, trying again</span></html>`;

function hold(leaf: Leaf): Refusal {
  return {
    ...refuse('UNAVAILABLE', 'the gate cannot tell yet; try again'),
    retryAfterSeconds: holdSeconds,
    ...(leaf.kind === 'page' ? { page: holdPage } : {}),
  };
}
