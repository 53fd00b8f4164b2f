import { entryClaimsSchema, passClaimsSchema } from '#contract/tokens.ts';
import { namedEvent, type Presented, presentedToken, type RequestValues } from './presented.ts';
import { readToken } from './token-parts.ts';

const claimsSchemas = { entry: entryClaimsSchema, pass: passClaimsSchema } as const;

/**
 * Returns the event of a request whose path has none, the same for gate and workers: the named event (`namedEvent`), or
 * the event of the token that a client without cookies sends. It only selects a token, which is verified for that event
 * later.
 */
export function eventOfRequest(shown: RequestValues): Presented {
  const named = namedEvent(shown);
  if (named.state !== 'none') return named;
  for (const kind of ['entry', 'pass'] as const) {
    const token = presentedToken(shown, kind, undefined);
    if (token.state === 'none') continue;
    if (token.state === 'conflict') return token;
    const claims = claimsSchemas[kind].safeParse(readToken(token.value)?.payload).data;
    return claims === undefined ? { state: 'none' } : { ...token, value: claims.aud };
  }
  return { state: 'none' };
}
