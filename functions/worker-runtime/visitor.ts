import type { IncomingHttpHeaders } from 'node:http';
import type { TokenVerifier } from '#adapters/access/verify.ts';
import type { UrrEvent } from '#contract/event.ts';
import { visitorHeader } from '#contract/token-names.ts';
import { type ClaimsOf, type EntryClaims, type PassClaims, tokenHeader } from '#contract/tokens.ts';
import { type LineToken, userSubject } from '#core/access/decision.ts';
import { pairsOf } from '#core/access/pairs.ts';
import {
  presentedAccess,
  presentedToken,
  presentedVisitor,
  type RequestValues,
} from '#core/access/presented.ts';
import { requireOwn } from '#core/access/require.ts';
import { sha256, visitorSubject } from '#core/access/subject.ts';
import type { SignIn } from '#core/access/verify-access.ts';
import { bothThen, type MaybePromise } from '#core/and-then.ts';
import { UrrError } from '#core/errors.ts';
import { ExpiringCache } from '#core/expiring-cache.ts';
import type { PassOwners } from '#core/queue/ports.ts';
import { onlyValue } from '../shared/only-value.ts';
import type { RecentlyEnded } from './ended-sessions.ts';

export interface VisitorDeps {
  readonly verifier: TokenVerifier;
  readonly signIn: SignIn;
  readonly passOwners: PassOwners;
  readonly recentlyEnded: Pick<RecentlyEnded, 'has' | 'refresh'>;
  readonly nowMs: () => number;
}

/** Most remembered tokens per kind, about 100 MB. */
const cachedMax = 100_000;

/** A signed-in account. */
export interface Visitor {
  /** `u.` + subject of the verified access token. */
  readonly user: string;
  readonly groups: readonly string[];
  /** Expiry of the access token in ms since 1970. Undefined: the visitor must not be remembered. */
  readonly expiresAtMs?: number;
  /** Hash of the sign-in's session. Undefined: the provider does not name it. */
  readonly sessionHash?: string;
}

/** Tokens of one event's current line that belong to the visitor. */
export interface Credentials {
  readonly pass: PassClaims | undefined;
  readonly entry: EntryClaims | undefined;
  /** The client stores its tokens itself and receives new ones as headers. */
  readonly isCookieless: boolean;
}

export interface VisitorSource {
  /** @throws UrrError NOT_SIGNED_IN */
  requireSignedIn(headers: IncomingHttpHeaders): MaybePromise<Visitor>;
  /** @throws UrrError NOT_SIGNED_IN if the sign-in has ended in the meantime */
  requireActive(visitor: Visitor): Visitor;
  /**
   * Returns the presented tokens that are valid for this event's line; possibly none.
   *
   * @throws UrrError WRONG_ACCOUNT if a valid token belongs to another visitor or account
   */
  verifyTokens(
    headers: IncomingHttpHeaders,
    event: UrrEvent,
    visitor: Visitor,
    kinds?: readonly LineToken[],
  ): MaybePromise<Credentials>;
}

/** Returns the account and the tokens of a request, from verified tokens alone (C6.15). Each is remembered until it expires. */
export class Visitors implements VisitorSource {
  readonly #deps: VisitorDeps;
  readonly #visitors = new ExpiringCache<Visitor>(cachedMax);
  readonly #verified = {
    pass: new ExpiringCache<PassClaims>(cachedMax),
    entry: new ExpiringCache<EntryClaims>(cachedMax),
  };
  /** The owning account, by the request id of a pass. */
  readonly #owners = new ExpiringCache<string>(cachedMax);

  constructor(deps: VisitorDeps) {
    this.#deps = deps;
  }

  requireSignedIn(headers: IncomingHttpHeaders): MaybePromise<Visitor> {
    const token = onlyValue(presentedAccess(requestValues(headers)), 'access token')?.value;
    const known = token === undefined ? undefined : this.#visitors.get(token, this.#deps.nowMs());
    return known === undefined ? this.#signIn(token) : this.requireActive(known);
  }

  requireActive(visitor: Visitor): Visitor {
    if (this.#deps.recentlyEnded.has(visitor.sessionHash)) throw notSignedIn();
    return visitor;
  }

  async #signIn(token: string | undefined): Promise<Visitor> {
    const user = await this.#deps.signIn.userOf(token);
    if (user === undefined || token === undefined) throw notSignedIn();
    const { sub, groups, session, expiresAtMs } = user;
    const named = session === undefined ? {} : { sessionHash: sha256(session) };
    const visitor = { user: userSubject(sub), groups, expiresAtMs, ...named };
    this.#visitors.set(token, visitor, expiresAtMs);
    return this.requireActive(visitor);
  }

  verifyTokens(
    headers: IncomingHttpHeaders,
    event: UrrEvent,
    visitor: Visitor,
    kinds: readonly LineToken[] = ['pass', 'entry'],
  ): MaybePromise<Credentials> {
    const shown = requestValues(headers);
    const tokenOf = (kind: LineToken) =>
      kinds.includes(kind)
        ? onlyValue(presentedToken(shown, kind, event.eventId), tokenHeader[kind])
        : undefined;
    const [pass, entry] = [tokenOf('pass'), tokenOf('entry')];
    // A client that presents neither token yet shows by its access token whether it uses cookies.
    const isCookieless =
      (pass ?? entry ?? onlyValue(presentedAccess(shown), 'access token'))?.isHeader ?? false;
    const own = (passClaims: PassClaims | undefined, entryClaims: EntryClaims | undefined) => {
      const presenter = { user: visitor.user, visitor: passClaims && visitorOf(passClaims, shown) };
      return this.#requireOwner(
        {
          pass: requireOwn(passClaims, event, presenter),
          entry: requireOwn(entryClaims, event, presenter),
          isCookieless,
        },
        visitor,
      );
    };
    return bothThen(
      this.#verify('pass', pass?.value, event),
      this.#verify('entry', entry?.value, event),
      own,
    );
  }

  #verify<Kind extends LineToken>(
    kind: Kind,
    token: string | undefined,
    { eventId }: UrrEvent,
  ): MaybePromise<ClaimsOf[Kind] | undefined> {
    if (token === undefined) return undefined;
    const verified: { readonly [K in LineToken]: ExpiringCache<ClaimsOf[K]> } = this.#verified;
    const known = verified[kind].get(token, this.#deps.nowMs());
    if (known !== undefined) return known.aud === eventId ? known : undefined;
    return this.#deps.verifier(kind, token, eventId).then((claims) => {
      if (claims !== undefined) verified[kind].set(token, claims, claims.exp * 1000);
      return claims;
    });
  }

  /**
   * A pass of a browser belongs to the first account that uses it, in every mode (C6.12).
   *
   * @throws UrrError WRONG_ACCOUNT
   */
  #requireOwner(credentials: Credentials, { user }: Visitor): MaybePromise<Credentials> {
    const { pass } = credentials;
    const nowMs = this.#deps.nowMs();
    if (pass === undefined || pass.sub === user || this.#owners.get(pass.jti, nowMs) === user)
      return credentials;
    return this.#deps.passOwners.own(pass, user, nowMs).then((isOwner) => {
      if (!isOwner)
        throw new UrrError('WRONG_ACCOUNT', 'another account has used this pass; sign in with that account');
      this.#owners.set(pass.jti, user, pass.exp * 1000);
      return credentials;
    });
  }
}

export const requestValues = (headers: IncomingHttpHeaders): RequestValues => ({
  header: (name) => [headers[name] ?? []].flat(),
  cookies: pairsOf(headers.cookie ?? '', ';'),
});

const notSignedIn = () => new UrrError('NOT_SIGNED_IN', 'sign in to continue');

/** Hashed only for a pass of a visitor without an account. */
function visitorOf({ sub }: PassClaims, shown: RequestValues): string | undefined {
  const id = sub.startsWith('v.') ? onlyValue(presentedVisitor(shown), visitorHeader) : undefined;
  return id && visitorSubject(id.value);
}
