import type { Session } from './session.ts';

/** Storage of sign-in sessions. Adapters throw UrrError UNAVAILABLE when it is unreachable. */
export interface SessionStore {
  /** False: the id exists already, so this callback is a repeat. */
  create(sessionId: string, session: Session): Promise<boolean>;
  /**
   * One conditional write: `seq` becomes `seq + 1` if it is the stored number and the session has not ended. Otherwise
   * returns the stored session; undefined: none is stored, or it is unreadable.
   */
  rotate(sessionId: string, seq: number, nowMs: number): Promise<RotateSession>;
  end(sessionId: string): Promise<void>;
}

/** Sessions that ended before their access tokens expire. Adapters throw UrrError UNAVAILABLE as above. */
export interface EndedSessions {
  /** @param sessionHash of SignedInUser.session */
  end(sessionHash: string, nowMs: number): Promise<void>;
  /** Hashes of the ended sessions whose access tokens may not have expired. */
  recent(nowMs: number): Promise<ReadonlySet<string>>;
}

type RotateSession =
  | { readonly kind: 'rotated' }
  | { readonly kind: 'stale'; readonly session: Session | undefined };

/** The state of one sign-in under way. */
export interface Transaction {
  /** Becomes the session's id, so one transaction makes one session. */
  readonly transactionId: string;
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly returnTo: string;
}

interface ProviderTokens {
  readonly accessToken: string;
  /** Undefined: the provider keeps the present refresh token valid. */
  readonly refreshToken: string | undefined;
  readonly email: string | undefined;
  readonly expiresInSeconds: number;
}
/** refused: the provider permanently rejects this code or token. */
export type ProviderAnswer =
  | { readonly kind: 'tokens'; readonly tokens: ProviderTokens }
  | { readonly kind: 'refused' };

/** The OpenID provider. Throws UrrError UNAVAILABLE when it does not respond. */
export interface OpenIdProvider {
  /** Returns the address of the sign-in form and the secrets for the callback. */
  begin(language: 'ko' | 'en' | undefined): Promise<{
    readonly url: string;
    readonly secrets: Pick<Transaction, 'state' | 'nonce' | 'codeVerifier'>;
  }>;
  /** @param callbackQuery the query string of the callback, unchanged */
  finish(callbackQuery: string, secrets: Transaction): Promise<ProviderAnswer>;
  refresh(refreshToken: string): Promise<ProviderAnswer>;
  /** Best effort: sign-out succeeds even when the provider is unreachable. */
  revoke(refreshToken: string): Promise<void>;
  /** Address at which the browser ends the provider's session. */
  signOutUrl(): Promise<string>;
}
