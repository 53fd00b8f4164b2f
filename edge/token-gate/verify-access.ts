import { decodeProtectedHeader, jwtVerify } from 'jose';
import * as z from 'zod/mini';
import { clockSkewSeconds } from '#contract/tokens.ts';
import { isPlausibleAccessToken } from '#core/access/token-syntax.ts';
import type { ReadyConfig } from './ready-config.ts';

/**
 * What makes a token of the provider an access token for us: `client_id` (id tokens have none; Cognito's access tokens
 * have no `aud`), `token_use` where the provider says it, and `aud` where it means us.
 */
const accessSchema = z.object({
  sub: z.string().check(z.regex(/^[\x21-\x7e]{1,255}$/)),
  client_id: z.string(),
  token_use: z.optional(z.literal('access')),
  aud: z.optional(z.union([z.string(), z.array(z.string()).check(z.maxLength(16))])),
});
const headerSchema = z.object({
  kid: z.string(),
  typ: z.optional(z.string().check(z.regex(/^(?:at\+jwt|jwt)$/i))),
});

/**
 * The signed-in user's subject (`u.` + sub) of an access token, undefined if it proves nothing. Issuer, client, key and
 * expiry are those of the edge configuration; the algorithm is the key's, never the token's.
 */
export async function verifyAccess(
  text: string,
  ready: ReadyConfig,
  nowMs: number,
): Promise<string | undefined> {
  const signIn = ready.config.signIn;
  if (signIn === undefined || !isPlausibleAccessToken(text)) return undefined;
  try {
    const header = headerSchema.safeParse(decodeProtectedHeader(text));
    const accessKey = header.success ? ready.accessKeys.get(header.data.kid) : undefined;
    if (accessKey === undefined) return undefined;
    const { payload } = await jwtVerify(text, accessKey.key, {
      algorithms: [accessKey.algorithm],
      issuer: signIn.issuer,
      requiredClaims: ['exp', 'iat'],
      clockTolerance: clockSkewSeconds,
      currentDate: new Date(nowMs),
    });
    const claims = accessSchema.safeParse(payload);
    if (!claims.success || claims.data.client_id !== signIn.clientId) return undefined;
    const { sub, aud = signIn.clientId } = claims.data;
    return [aud].flat().includes(signIn.clientId) ? `u.${sub}` : undefined;
  } catch {
    return undefined;
  }
}
