import { pageObject, vwrApiPrefix } from '#contract/routes.ts';
import { hasOpenHint, namedEvent, presentedAccessToken, presentedToken, showsToken } from './presented.ts';
import { type Refusal, refuse, refuseAccess } from './refusal.ts';
import type { GateRequest } from './request.ts';
import type { RouteTree } from './route-tree.ts';
import { type Screened, screen } from './screen.ts';
import { isPlausibleAccessToken } from './token-syntax.ts';

export interface Forward {
  readonly outcome: 'forward';
  /** Path the origin gets. */
  readonly uri: string;
}

/**
 * The CloudFront Function's whole decision: refuse what is malformed or shows nothing where something is needed, so that
 * a flood without tokens never reaches Lambda; say which object a public page is. It knows neither keys nor events:
 * everything that asks for a token goes on to the gate, under its own path, because the gate must see the event id.
 */
export function decideViewer(request: GateRequest, tree: RouteTree): Forward | Refusal {
  const screened = screen(request, tree);
  if (screened.outcome === 'refuse') return screened;
  if (screened.leaf.access === 'public')
    return { outcome: 'forward', uri: originPath(request.path, screened) };
  return refuseEmptyHanded(request, screened) || { outcome: 'forward', uri: request.path };
}

function originPath(path: string, screened: Screened): string {
  if (screened.leaf.kind === 'page') return pageObject(path);
  return path.indexOf(`${vwrApiPrefix}/`) === 0 ? path.slice(vwrApiPrefix.length) : path;
}

function refuseEmptyHanded(request: GateRequest, screened: Screened): Refusal | undefined {
  const access = screened.leaf.access;
  if (access === 'public') return undefined;
  if (access === 'user') {
    const shown = presentedAccessToken(request);
    if (shown.state === 'one' && isPlausibleAccessToken(shown.value)) return undefined;
    return refuseAccess('user', screened.leaf.kind, undefined);
  }
  const named = screened.eventId === undefined ? namedEvent(request) : undefined;
  const eventId = named === undefined ? screened.eventId : named.state === 'one' ? named.value : undefined;
  if (named !== undefined && named.state === 'conflict') return refuseAmbiguousEvent();
  const kinds: ('pass' | 'entry')[] = access === 'entry' ? ['entry', 'pass'] : ['pass'];
  for (let index = 0; index < kinds.length; index += 1) {
    const kind = kinds[index];
    if (kind === undefined) continue;
    if (presentedToken(request, kind, eventId).state === 'conflict') return refuseConflict();
    if (showsToken(request, kind, eventId)) return undefined;
  }
  return hasOpenHint(request, eventId) ? undefined : refuseAccess(access, screened.leaf.kind, eventId);
}

export const refuseConflict = (): Refusal => refuse('BAD_REQUEST', 'two different tokens of one kind');
export const refuseAmbiguousEvent = (): Refusal =>
  refuse('BAD_REQUEST', 'tokens of several events: name one with x-urr-event');
