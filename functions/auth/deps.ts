import { z } from 'zod';
import type { Seal } from '#adapters/accounts/seal.ts';
import type { SignIn } from '#adapters/accounts/verifier.ts';
import { userSubjectSchema } from '#contract/accounts.ts';
import type { EndedSessions, OpenIdProvider, SessionStore, Transaction } from '#core/accounts/ports.ts';
import type { PipelineDeps } from '../shared/pipeline.ts';
import type { Telemetry } from '../shared/telemetry.ts';

/** What is sealed into the transaction cookie. */
export const transactionSchema: z.ZodType<Transaction> = z.strictObject({
  transactionId: z.string().length(43),
  state: z.string().min(1).max(128),
  nonce: z.string().min(1).max(128),
  codeVerifier: z.string().min(43).max(128),
  returnTo: z.string().min(1).max(400),
});

/** What is sealed into the refresh cookie: the provider's token never reaches the browser in the clear. */
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
  /** From sign-in to the last refresh; the provider's refresh tokens live as long. */
  readonly sessionSeconds: number;
  readonly nowMs: () => number;
  readonly isOriginSecret: PipelineDeps['isOriginSecret'];
  readonly telemetry: Telemetry;
}
