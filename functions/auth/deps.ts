import { z } from 'zod';
import type { Seal } from '#adapters/accounts/seal.ts';
import { userSubjectSchema } from '#contract/access-token.ts';
import type { SignIn } from '#core/access/verify-access.ts';
import type { EndedSessions, OpenIdProvider, SessionStore, Transaction } from '#core/accounts/ports.ts';
import type { PipelineDeps } from '../shared/pipeline.ts';
import type { Telemetry } from '../shared/telemetry.ts';

/** Content of the sealed transaction cookie. */
export const transactionSchema: z.ZodType<Transaction> = z.strictObject({
  transactionId: z.string().length(43),
  state: z.string().min(1).max(128),
  nonce: z.string().min(1).max(128),
  codeVerifier: z.string().min(43).max(128),
  returnTo: z.string().min(1).max(400),
});

/** Content of the sealed refresh cookie. The provider's token never reaches the browser unencrypted. */
export const refreshSchema = z.strictObject({
  sessionId: z.string().length(43),
  seq: z.int().min(1),
  sub: userSubjectSchema,
  email: z.string().max(254).optional(),
  refreshToken: z.string().min(1).max(3_000),
  /** Names the sign-in in its access tokens; absent in cookies of older releases. */
  accessSession: z.string().max(128).optional(),
  expiresAtMs: z.int().min(0),
});
export type SealedRefresh = z.infer<typeof refreshSchema>;

export interface AuthDeps {
  readonly provider: OpenIdProvider;
  readonly sessions: SessionStore;
  readonly endedSessions: Pick<EndedSessions, 'end'>;
  readonly transactions: Seal<Transaction>;
  readonly refreshes: Seal<SealedRefresh>;
  readonly signIn: SignIn;
  /** `https://tickets.example` */
  readonly siteUrl: string;
  /** Time from sign-in to the last possible refresh: the lifetime of the provider's refresh tokens. */
  readonly sessionSeconds: number;
  readonly nowMs: () => number;
  readonly isOriginSecret: PipelineDeps['isOriginSecret'];
  readonly telemetry: Telemetry;
}
