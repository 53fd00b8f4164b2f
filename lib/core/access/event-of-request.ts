import { entryClaimsSchema, passClaimsSchema } from '#contract/tokens.ts';
import { namedEvent, presentedToken } from './presented.ts';
import type { GateRequest } from './request.ts';
import { readToken } from './token-parts.ts';

/** `ambiguous`: several events are meant. `conflict`: two different tokens of one kind. */
export type EventOfRequest =
  | { readonly state: 'none' | 'ambiguous' | 'conflict' }
  | { readonly state: 'one'; readonly eventId: string };

const claimsSchemas = { entry: entryClaimsSchema, pass: passClaimsSchema } as const;

/**
 * The event of a request whose path names none, as the gate and the workers see it: the header x-urr-event, else the cookie
 * names, else the token that a client without cookies shows. A choice among tokens, never a permission: the token is
 * verified for that event afterwards.
 */
export function eventOfRequest(request: Pick<GateRequest, 'header' | 'cookies'>): EventOfRequest {
  const named = namedEvent(request);
  if (named.state === 'conflict') return { state: 'ambiguous' };
  if (named.state === 'one') return { state: 'one', eventId: named.value };
  for (const kind of ['entry', 'pass'] as const) {
    const shown = presentedToken(request, kind, undefined);
    if (shown.state === 'conflict') return { state: 'conflict' };
    if (shown.state === 'none') continue;
    const claims = claimsSchemas[kind].safeParse(readToken(shown.value)?.payload);
    return claims.success ? { state: 'one', eventId: claims.data.aud } : { state: 'none' };
  }
  return { state: 'none' };
}
