import { z } from 'zod';
import { eventIdSchema, shardsMax } from './event.ts';

/** Only this algorithm is ever accepted (RFC 8725 3.1); the edge holds public keys only. */
export const tokenAlgorithm = 'ES256';
/** Clocks of edge and signer may differ by this much. */
export const clockSkewSeconds = 60;
/** A token longer than this is refused unread. Ours are about 500 characters. */
export const tokenLengthMax = 2048;

/** `typ` header per kind (RFC 8725 3.11): a ticket never passes for a pass. */
export const tokenType = { ticket: 'urr-ticket+jwt', pass: 'urr-pass+jwt', entry: 'urr-entry+jwt' } as const;
export type TokenKind = keyof typeof tokenType;

export const tokenLifetimeSeconds = { ticket: 24 * 60 * 60, pass: 10 * 60, entry: 10 * 60 } as const;

/**
 * Who a token belongs to. `v.` + 43 characters: SHA-256 of the visitor cookie, so a leaked token does not give the
 * cookie away. `u.` + the OpenID Connect subject of a signed-in user (at most 255 ASCII characters).
 */
export const subjectSchema = z.string().regex(/^(?:v\.[A-Za-z0-9_-]{43}|u\.[\x21-\x7e]{1,255})$/);

const common = {
  iss: z.string().min(1).max(200),
  /** The event. */
  aud: eventIdSchema,
  sub: subjectSchema,
  gen: z.int().min(1),
  iat: z.int().min(0),
  exp: z.int().min(0),
};
const place = {
  shard: z
    .int()
    .min(0)
    .max(shardsMax - 1),
  seq: z.int().min(1),
};

/** Signed proof of a place in the tier-1 line. `jti` is the requestId. */
export const ticketClaimsSchema = z.strictObject({ ...common, ...place, jti: z.uuid() });
/** "May go to tier 2": `jti` is the requestId; shard and seq give the score there (E1). */
export const passClaimsSchema = z.strictObject({ ...common, ...place, jti: z.uuid() });
/** "May pick seats": `jti` is the admission id; `sub` is always a signed-in user. */
export const entryClaimsSchema = z.strictObject({ ...common, jti: z.string().min(1).max(100) });

export type TicketClaims = z.infer<typeof ticketClaimsSchema>;
export type PassClaims = z.infer<typeof passClaimsSchema>;
export type EntryClaims = z.infer<typeof entryClaimsSchema>;

/**
 * Cookie names. `__Host-` forces Secure, Path=/ and no Domain (RFC 6265bis); browsers treat http://localhost as secure.
 * Token cookies are families, one per event, so two sales can be open in one browser.
 */
export const visitorCookie = '__Host-urr-visitor';
export const tokenCookie = {
  ticket: (eventId: string) => `__Host-urr-ticket-${eventId}`,
  pass: (eventId: string) => `__Host-urr-vwr-token-${eventId}`,
  entry: (eventId: string) => `__Host-urr-entry-token-${eventId}`,
} as const;
/** Signed-in session: access and refresh token of the OpenID provider. */
export const accessCookie = '__Host-urr-access';
export const refreshCookie = '__Host-urr-refresh';

/** Headers for clients without cookies (native apps, load tools). A cookie and a header that disagree are refused. */
export const tokenHeader = {
  ticket: 'x-urr-ticket',
  pass: 'x-urr-vwr-token',
  entry: 'x-queue-entry-token',
} as const;
export const visitorHeader = 'x-urr-visitor';

/** Value of the visitor cookie: 32 random bytes, base64url. */
export const visitorIdPattern = /^[A-Za-z0-9_-]{43}$/;

/** Header by which CloudFront proves itself to API Gateway's Lambdas. */
export const originSecretHeader = 'x-urr-origin-secret';
/** Origin header that tells the gate where its configuration is: Lambda@Edge has no environment variables. */
export const edgeConfigHeader = 'x-urr-edge-config';
