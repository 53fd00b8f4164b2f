import * as z from 'zod/mini';

/**
 * Access tokens of the OpenID provider, as the gate, the workers and the Lambdas read them. The schemas are of zod/mini,
 * which keeps the gate's bundle small; schemas of zod may contain them.
 */

/** The only signature accepted on tokens of the OpenID provider: Cognito signs with RS256 and nothing else. */
export const accessTokenAlgorithm = 'RS256';
/** A browser keeps cookies of up to 4,096 bytes, name and attributes included (RFC 6265bis). */
export const accessTokenLengthMax = 3800;
/** The clocks of the edge, Lambda, Fargate and Cognito are kept by one service. A token lives five minutes. */
export const accessTokenSkewSeconds = 5;

const text = (max: number) => z.string().check(z.minLength(1), z.maxLength(max));

/** Subject of the provider: `<sub>` of the subject `u.<sub>` in contract/tokens.ts. */
export const userSubjectSchema = z.string().check(z.regex(/^[\x21-\x7e]{1,255}$/));

/** A public RSA key; unlisted members (private ones above all) are left out. */
export const signInKeySchema = z.object({
  kty: z.literal('RSA'),
  n: z.string().check(z.minLength(300), z.maxLength(1400)),
  e: text(16),
  kid: text(128),
  alg: z.literal(accessTokenAlgorithm),
  use: z.literal('sig'),
});
export type SignInKey = z.infer<typeof signInKeySchema>;

/** Header of an access token: a key is always named, and an id token of another `typ` is none. */
export const accessHeaderSchema = z.object({
  kid: text(128),
  typ: z.optional(z.string().check(z.regex(/^(?:at\+jwt|jwt)$/i))),
});

/**
 * The claims of an access token that URR reads, in Cognito's shape. Not a strict object, because the provider's tokens have
 * other claims too.
 */
export const accessClaimsSchema = z.object({
  sub: userSubjectSchema,
  token_use: z.literal('access'),
  client_id: text(128),
  aud: z.optional(z.union([z.string(), z.array(z.string()).check(z.maxLength(16))])),
  exp: z.number(),
  /** Names the sign-in; every access token of its refreshes has the same. */
  origin_jti: z.optional(text(128)),
  'cognito:groups': z.optional(z.array(text(128)).check(z.maxLength(100))),
});

/** The account of a verified access token. */
export interface SignedInUser {
  readonly sub: string;
  readonly groups: readonly string[];
  /** Names the sign-in of the token; undefined: the token does not contain it. */
  readonly session?: string;
  /** When the token ends, ms since 1970. */
  readonly expiresAtMs: number;
}
