import { pageObject, vwrApiPrefix } from '#contract/routes.ts';
import { namedEvent } from '#core/access/presented.ts';
import { hasOpenHint, presentsAccess, presentsToken } from './presents.ts';
import { type Refusal, refuse, refuseAccess } from './refusal.ts';
import type { GateRequest } from './request.ts';
import type { RouteTree } from './route-tree.ts';
import { type Screened, screen } from './screen.ts';

export interface Forward {
  readonly outcome: 'forward';
  /** Path for the origin. */
  readonly uri: string;
}

/**
 * The decision of the CloudFront Function. It refuses a malformed request and one without a required token, so a flood
 * without tokens never reaches Lambda, and selects the object of a public page. It has neither keys nor events. A
 * request that needs a token is forwarded to the gate with its path unchanged, because the gate reads the event id.
 */
export function decideViewer(request: GateRequest, tree: RouteTree): Forward | Refusal {
  const screened = screen(request, tree);
  if (screened.outcome === 'refuse') return screened;
  if (screened.leaf.access === 'public')
    return { outcome: 'forward', uri: originPath(request.path, screened) };
  return refuseWithoutToken(request, screened) || { outcome: 'forward', uri: request.path };
}

function originPath(path: string, screened: Screened): string {
  if (screened.leaf.kind === 'page') return pageObject(path);
  return path.indexOf(`${vwrApiPrefix}/`) === 0 ? path.slice(vwrApiPrefix.length) : path;
}

/** Accepts a pass or an entry token, because only the gate can tell which of them opens the route. */
function refuseWithoutToken(request: GateRequest, screened: Screened): Refusal | undefined {
  const access = screened.leaf.access;
  const kind = screened.leaf.kind;
  if (access === 'public') return undefined;
  if (access === 'user') return presentsAccess(request) ? undefined : refuseAccess(access, kind, undefined);
  const named = screened.eventId === undefined ? namedEvent(request) : undefined;
  if (named !== undefined && named.state === 'conflict') return refuseAmbiguousEvent();
  const eventId = named !== undefined && named.state === 'one' ? named.value : screened.eventId;
  const shows =
    presentsToken(request, 'pass', eventId) ||
    presentsToken(request, 'entry', eventId) ||
    hasOpenHint(request, eventId);
  return shows ? undefined : refuseAccess(access, kind, eventId);
}

export const refuseConflict = (): Refusal => refuse('BAD_REQUEST', 'a token has two values; send one');
export const refuseAmbiguousEvent = (): Refusal =>
  refuse('BAD_REQUEST', 'the tokens are for several events; name one in x-urr-event');
