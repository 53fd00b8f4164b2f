import * as z from 'zod/mini';
import { eventIdPattern, shardsMax } from './event-names.ts';

export * from './token-names.ts';

/** The only accepted algorithm (RFC 8725 3.1). The edge has only public keys. */
export const tokenAlgorithm = 'ES256';
/** Clocks of edge and signer may differ by this much. */
export const clockSkewSeconds = 60;

export const tokenLifetimeSeconds = { ticket: 24 * 60 * 60, pass: 10 * 60, entry: 10 * 60 } as const;

/**
 * Owner of a token. `v.` + 43 characters: SHA-256 of the visitor cookie's text, base64url, so a leaked token does not
 * reveal the cookie. `u.` + the OpenID Connect subject of a signed-in user (at most 255 ASCII characters).
 *
 * These schemas use zod/mini, because the gate's bundle is limited to 100 KB. Schemas of zod may contain them.
 */
export const subjectSchema = z.string().check(z.regex(/^(?:v\.[A-Za-z0-9_-]{43}|u\.[\x21-\x7e]{1,255})$/));

const accountSubjectSchema = z.string().check(z.regex(/^u\.[\x21-\x7e]{1,255}$/));

const common = {
  iss: z.string().check(z.minLength(1), z.maxLength(200)),
  /** The event. */
  aud: z.string().check(z.regex(eventIdPattern)),
  sub: subjectSchema,
  gen: z.int().check(z.gte(1)),
  iat: z.int().check(z.gte(0)),
  exp: z.int().check(z.gte(0)),
};
const place = {
  shard: z.int().check(z.gte(0), z.lte(shardsMax - 1)),
  seq: z.int().check(z.gte(1)),
};

/** Signed proof of a place in the tier-1 line. `jti` is the requestId. */
export const ticketClaimsSchema = z.strictObject({ ...common, ...place, jti: z.uuid() });
/** Signed proof of a claimed place. `jti` is the requestId; shard and seq set the score in tier 2 (E1). */
export const passClaimsSchema = z.strictObject({ ...common, ...place, jti: z.uuid() });
/** Signed proof of an admission, which opens the seats. `jti` is the admission id; `sub` is always an account. */
export const entryClaimsSchema = z.strictObject({
  ...common,
  sub: accountSubjectSchema,
  jti: z.string().check(z.minLength(1), z.maxLength(100)),
});

export type TicketClaims = z.infer<typeof ticketClaimsSchema>;
export type PassClaims = z.infer<typeof passClaimsSchema>;
export type EntryClaims = z.infer<typeof entryClaimsSchema>;
export interface ClaimsOf {
  readonly ticket: TicketClaims;
  readonly pass: PassClaims;
  readonly entry: EntryClaims;
}
