import { entryClaimsSchema, passClaimsSchema } from '#contract/tokens.ts';
import { namedEvent, type Presented, presentedToken, type Shown } from './presented.ts';
import { readToken } from './token-parts.ts';

const claimsSchemas = { entry: entryClaimsSchema, pass: passClaimsSchema } as const;

/**
 * The event of a request whose path names none, as the gate and the workers see it: the one named (`namedEvent`), else
 * the one of the token that a client without cookies shows. A choice among tokens, never a permission: the token is
 * verified for that event afterwards.
 */
export function eventOfRequest(shown: Shown): Presented {
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
