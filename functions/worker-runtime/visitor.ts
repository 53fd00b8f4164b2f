import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { TokenVerifier } from '#adapters/access/verify.ts';
import type { SignedInUser } from '#contract/accounts.ts';
import type { UrrEvent } from '#contract/event.ts';
import {
  accessCookie,
  type EntryClaims,
  type PassClaims,
  tokenCookie,
  tokenHeader,
  visitorCookie,
  visitorHeader,
  visitorIdPattern,
} from '#contract/tokens.ts';
import { andThen, bothThen } from '#core/and-then.ts';
import { UrrError } from '#core/errors.ts';
import type { PassOwners } from '#core/queue/ports.ts';
import { Remembered } from '#core/queue/remembered.ts';
import { cookieValue, shown } from './cookies.ts';
import type { RecentlyEnded } from './ended-sessions.ts';

/** Who is signed in, by the access token. */
export interface SignIn {
  userOf(accessToken: string | undefined): Promise<SignedInUser | undefined>;
}

export interface VisitorDeps {
  readonly verifier: Pick<TokenVerifier, 'pass' | 'entry'>;
  readonly signIn: SignIn;
  readonly passOwners: PassOwners;
  readonly recentlyEnded: Pick<RecentlyEnded, 'has' | 'refresh'>;
  readonly nowMs: () => number;
}

/** Tokens remembered per kind: some 100 MB at the most. */
const rememberedMax = 100_000;

/** Who asks, and what they may. */
export interface Visitor {
  /** `u.` + subject of the verified access token. */
  readonly user: string;
  readonly groups: readonly string[];
  /** When the access token ends, ms since 1970; undefined: it may not be remembered. */
  readonly expiresAtMs?: number;
  /** Hash that names the sign-in; undefined: the provider does not say which it was. */
  readonly sessionHash?: string;
}

export interface Credentials {
  readonly pass: PassClaims | undefined;
  readonly entry: EntryClaims | undefined;
  /** The client keeps its tokens itself and gets new ones as headers. */
  readonly isCookieless: boolean;
}

/** Says who asks. */
export interface VisitorSource {
  /** @throws UrrError NOT_SIGNED_IN */
  signedIn(headers: IncomingHttpHeaders): Visitor | Promise<Visitor>;
  /** @throws UrrError NOT_SIGNED_IN when the sign-in has ended since */
  still(visitor: Visitor): Visitor;
  /**
   * The pass and the entry token, where they are good for this event's line and this account.
   *
   * @throws UrrError PASS_REQUIRED when neither is, WRONG_ACCOUNT when one is good but someone else's
   */
  credentials(
    headers: IncomingHttpHeaders,
    event: UrrEvent,
    visitor: Visitor,
  ): Credentials | Promise<Credentials>;
}

/**
 * Reads who asks from verified tokens alone (C6.15). A token that was verified is remembered until it expires.
 */
export class Visitors implements VisitorSource {
  readonly #deps: VisitorDeps;
  readonly #visitors = new Remembered<Visitor>(rememberedMax);
  readonly #passes = new Remembered<PassClaims>(rememberedMax);
  readonly #entries = new Remembered<EntryClaims>(rememberedMax);
  /** By a pass's request id: the account that owns it. */
  readonly #owners = new Remembered<string>(rememberedMax);

  constructor(deps: VisitorDeps) {
    this.#deps = deps;
  }

  signedIn(headers: IncomingHttpHeaders): Visitor | Promise<Visitor> {
    const token = accessToken(headers);
    const known = token === undefined ? undefined : this.#visitors.get(token, this.#deps.nowMs());
    return known === undefined ? this.#signIn(token) : this.still(known);
  }

  /** A visitor who was known before, if the sign-in has not ended since. @throws UrrError NOT_SIGNED_IN */
  still(visitor: Visitor): Visitor {
    if (this.#deps.recentlyEnded.has(visitor.sessionHash)) throw notSignedIn();
    return visitor;
  }

  async #signIn(token: string | undefined): Promise<Visitor> {
    const user = await this.#deps.signIn.userOf(token);
    if (user === undefined || token === undefined) throw notSignedIn();
    const { sub, groups, session } = user;
    const expiresAtMs = expiryOf(token);
    const named = session === undefined ? {} : { sessionHash: sha256(session) };
    const visitor = { user: `u.${sub}`, groups, expiresAtMs, ...named };
    this.#visitors.set(token, visitor, expiresAtMs);
    return this.still(visitor);
  }

  credentials(
    headers: IncomingHttpHeaders,
    event: UrrEvent,
    visitor: Visitor,
  ): Credentials | Promise<Credentials> {
    return andThen(this.tokens(headers, event, visitor), (found) => requireOne(found, event));
  }

  /**
   * As credentials, but having none is no mistake: for whoever asks for one kind alone.
   *
   * @throws UrrError WRONG_ACCOUNT when one is good but someone else's
   */
  tokens(
    headers: IncomingHttpHeaders,
    event: UrrEvent,
    visitor: Visitor,
    kinds: { readonly withPass: boolean } = { withPass: true },
  ): Credentials | Promise<Credentials> {
    const { eventId } = event;
    const cookies = headers.cookie;
    const shownPass = shown(cookies, tokenCookie.pass(eventId), headers[tokenHeader.pass], tokenHeader.pass);
    const shownEntry = shown(
      cookies,
      tokenCookie.entry(eventId),
      headers[tokenHeader.entry],
      tokenHeader.entry,
    );
    // A client that shows neither yet says by its access token how it keeps tokens.
    const isCookieless = (shownPass ?? shownEntry)?.isHeader ?? headers.authorization !== undefined;
    const judged = (
      pass: PassClaims | undefined,
      entry: EntryClaims | undefined,
    ): Credentials | Promise<Credentials> => {
      const credentials = this.#judge(headers, event, visitor, { pass, entry, isCookieless });
      const unowned = credentials.pass;
      if (unowned === undefined || this.#isOwned(unowned, visitor)) return credentials;
      return this.#own(unowned, visitor).then(() => credentials);
    };
    const isPassRead = kinds.withPass && shownPass !== undefined;
    const pass = isPassRead ? this.#pass(shownPass.value, eventId) : undefined;
    const entry = shownEntry === undefined ? undefined : this.#entry(shownEntry.value, eventId);
    return bothThen(pass, entry, judged);
  }

  #judge(
    headers: IncomingHttpHeaders,
    event: UrrEvent,
    visitor: Visitor,
    verified: Credentials,
  ): Credentials {
    const pass =
      verified.pass !== undefined && isOfLine(verified.pass.gen, event) ? verified.pass : undefined;
    const entry =
      verified.entry !== undefined && isOfLine(verified.entry.gen, event) ? verified.entry : undefined;
    if (entry !== undefined && entry.sub !== visitor.user)
      throw new UrrError('WRONG_ACCOUNT', 'the entry token belongs to another account');
    if (pass !== undefined) this.#requireOwner(pass, headers, visitor);
    return { pass, entry, isCookieless: verified.isCookieless };
  }

  #isOwned(pass: PassClaims, { user }: Visitor): boolean {
    return pass.sub === user || this.#owners.get(pass.jti, this.#deps.nowMs()) === user;
  }

  /** A pass that was given to a browser belongs to the first account that uses it, in every mode (C6.12). */
  async #own(pass: PassClaims, { user }: Visitor): Promise<void> {
    const isOwner = await this.#deps.passOwners.own(pass, user, this.#deps.nowMs());
    if (!isOwner) throw passTaken();
    this.#owners.set(pass.jti, user, pass.exp * 1000);
  }

  /** A pass was given to an account, or to a browser that then held the visitor cookie. */
  #requireOwner(pass: PassClaims, headers: IncomingHttpHeaders, visitor: Visitor): void {
    if (pass.sub.startsWith('u.')) {
      if (pass.sub === visitor.user) return;
    } else {
      const id = shown(headers.cookie, visitorCookie, headers[visitorHeader], visitorHeader)?.value;
      if (id !== undefined && visitorIdPattern.test(id) && pass.sub === visitorSubject(id)) return;
    }
    throw new UrrError('WRONG_ACCOUNT', 'the pass belongs to someone else');
  }

  #pass(token: string, eventId: string): PassClaims | undefined | Promise<PassClaims | undefined> {
    const known = this.#passes.get(token, this.#deps.nowMs());
    if (known !== undefined) return known.aud === eventId ? known : undefined;
    return this.#deps.verifier.pass(token, eventId).then((verified) => {
      if (verified.kind !== 'valid') return undefined;
      this.#passes.set(token, verified.claims, verified.claims.exp * 1000);
      return verified.claims;
    });
  }

  #entry(token: string, eventId: string): EntryClaims | undefined | Promise<EntryClaims | undefined> {
    const known = this.#entries.get(token, this.#deps.nowMs());
    if (known !== undefined) return known.aud === eventId ? known : undefined;
    return this.#deps.verifier.entry(token, eventId).then((verified) => {
      if (verified.kind !== 'valid') return undefined;
      this.#entries.set(token, verified.claims, verified.claims.exp * 1000);
      return verified.claims;
    });
  }
}

const notSignedIn = () => new UrrError('NOT_SIGNED_IN', 'please sign in to go on');
const passTaken = () => new UrrError('WRONG_ACCOUNT', 'this pass was used by another account');

function requireOne(found: Credentials, event: UrrEvent): Credentials {
  if (found.pass === undefined && found.entry === undefined && event.mode !== 'queue')
    throw new UrrError('PASS_REQUIRED', 'the waiting room comes first');
  return found;
}

/** A token of an older line opens nothing; one of a newer line says that our copy of the event is a second old. */
function isOfLine(generation: number, event: UrrEvent): boolean {
  if (generation > event.generation)
    throw new UrrError('UNAVAILABLE', 'the line was reset just now', { retryAfterSeconds: 1 });
  return generation === event.generation;
}

function accessToken(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers;
  const bearer = authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : undefined;
  const cookie = cookieValue(headers.cookie, accessCookie);
  if (bearer !== undefined && cookie !== undefined && bearer !== cookie)
    throw new UrrError('BAD_REQUEST', `cookie ${accessCookie} and header authorization disagree`);
  return bearer ?? cookie;
}

/** When a verified access token expires, ms; 0, never remembered, if it does not say. */
function expiryOf(token: string): number {
  const payload: unknown = JSON.parse(
    Buffer.from(token.split('.')[1] ?? '', 'base64url').toString() || 'null',
  );
  const exp = typeof payload === 'object' && payload !== null && 'exp' in payload ? payload.exp : undefined;
  return typeof exp === 'number' ? exp * 1000 : 0;
}

/** As tier 1 writes it into tickets and passes (contract/tokens.ts, subjectSchema). */
export const visitorSubject = (visitorId: string): string => `v.${sha256(visitorId)}`;

const sha256 = (text: string) => hash('sha256', text, 'base64url');
