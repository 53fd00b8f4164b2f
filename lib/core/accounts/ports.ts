import type { Session } from './session.ts';

/** What sign-in needs of its storage. Adapters throw UrrError UNAVAILABLE when it is away. */
export interface SessionStore {
  /** False: there is one of this id already, so a sign-in comes back for the second time. */
  create(sessionId: string, session: Session): Promise<boolean>;
  /**
   * One conditional write: `seq` becomes `seq + 1` if it is the stored one and the session lives. Else what is stored,
   * undefined when nothing is, or nothing that can be read.
   */
  rotate(sessionId: string, seq: number, nowMs: number): Promise<RotateSession>;
  end(sessionId: string): Promise<void>;
}
/** Sessions that ended before their access tokens did. Adapters throw UrrError UNAVAILABLE when their storage is away. */
export interface EndedSessions {
  /** @param sessionHash of SignedInUser.session */
  end(sessionHash: string, nowMs: number): Promise<void>;
  /** Hashes of those whose access tokens may still live. */
  recent(nowMs: number): Promise<ReadonlySet<string>>;
}

export type RotateSession =
  | { readonly kind: 'rotated' }
  | { readonly kind: 'stale'; readonly session: Session | undefined };

/** What one sign-in under way must remember. */
export interface Transaction {
  /** Becomes the session's id, so one transaction makes one session. */
  readonly transactionId: string;
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly returnTo: string;
}

export interface ProviderTokens {
  readonly accessToken: string;
  /** Absent where the provider goes on with the one it was given. */
  readonly refreshToken: string | undefined;
  readonly email: string | undefined;
  readonly expiresInSeconds: number;
}
/** refused: the provider said no to this code or token, for good. */
export type ProviderAnswer =
  | { readonly kind: 'tokens'; readonly tokens: ProviderTokens }
  | { readonly kind: 'refused' };

/** The OpenID provider. Throws UrrError UNAVAILABLE when it does not answer. */
export interface OpenIdProvider {
  /** Address of its form, and the secrets that the callback will need. */
  begin(language: 'ko' | 'en' | undefined): Promise<{
    readonly url: string;
    readonly secrets: Pick<Transaction, 'state' | 'nonce' | 'codeVerifier'>;
  }>;
  /** `callbackQuery`: what came with the callback, as it came. */
  finish(callbackQuery: string, secrets: Transaction): Promise<ProviderAnswer>;
  refresh(refreshToken: string): Promise<ProviderAnswer>;
  /** Best effort: a provider that is away is no reason to stay signed in here. */
  revoke(refreshToken: string): Promise<void>;
  /** Where the browser ends the provider's own session. */
  signOutUrl(): Promise<string>;
}
