/**
 * The access that each path requires, for the CloudFront Function, the token gate and the workers. Deny by default: a path
 * that is not listed is refused (404 page, 403 API).
 *
 * public  nothing            pass   tier-1 pass of the event          entry  tier-2 entry token
 * user    signed in
 *
 * The event's mode changes the requirement. `waiting-room`: the pass opens `entry` routes too. `queue`: `pass` routes need
 * no pass. An event whose waiting room is off needs neither (lib/core/access/decision.ts).
 *
 * `{eventId}` matches an event id, `{id}` one segment of letters, digits, `_` and `-`, `{file}` one of these with inner
 * dots. A literal segment wins over a placeholder. Methods: HEAD counts as GET.
 */
export type Access = 'public' | 'user' | 'pass' | 'entry';
export interface Route {
  readonly methods: readonly ('GET' | 'POST' | 'PUT' | 'DELETE')[];
  readonly path: string;
  readonly access: Access;
  /** A refused page is redirected; a refused API call gets 403. */
  readonly kind: 'page' | 'api' | 'asset';
}

/** A page is one object for all its events: `/queue/{eventId}` is served by `/queue/index.html`. */
export const pageObject = (path: string) =>
  path === '/' ? '/index.html' : `/${path.split('/')[1]}/index.html`;

/** CloudFront serves tier 1's API under this prefix and removes it. */
export const vwrApiPrefix = '/vwr-api';

const GET = ['GET'] as const;
const POST = ['POST'] as const;

export const routes: readonly Route[] = [
  { methods: GET, path: '/', access: 'public', kind: 'page' },
  { methods: GET, path: '/events/{eventId}', access: 'public', kind: 'page' },
  { methods: GET, path: '/vwr/{eventId}', access: 'public', kind: 'page' },
  { methods: GET, path: '/sign-in', access: 'public', kind: 'page' },
  { methods: GET, path: '/queue/{eventId}', access: 'pass', kind: 'page' },
  { methods: GET, path: '/seats/{eventId}', access: 'entry', kind: 'page' },
  { methods: GET, path: '/reservations', access: 'public', kind: 'page' },
  { methods: GET, path: '/assets/{file}', access: 'public', kind: 'asset' },
  { methods: GET, path: '/favicon.svg', access: 'public', kind: 'asset' },
  { methods: GET, path: '/robots.txt', access: 'public', kind: 'asset' },

  { methods: POST, path: '/vwr-api/vwr/assign/{eventId}', access: 'public', kind: 'api' },
  { methods: GET, path: '/vwr-api/vwr/check/{eventId}/{id}', access: 'public', kind: 'api' },
  { methods: GET, path: '/vwr-api/vwr/status/{eventId}', access: 'public', kind: 'api' },
  { methods: GET, path: '/vwr-api/vwr/jwks', access: 'public', kind: 'api' },

  { methods: GET, path: '/api/v1/health', access: 'public', kind: 'api' },
  { methods: GET, path: '/api/v1/events', access: 'public', kind: 'api' },
  { methods: GET, path: '/api/v1/events/{eventId}', access: 'public', kind: 'api' },
  { methods: GET, path: '/api/v1/stats/{eventId}', access: 'public', kind: 'api' },
  { methods: GET, path: '/api/v1/auth/{id}', access: 'public', kind: 'api' },
  { methods: POST, path: '/api/v1/auth/{id}', access: 'public', kind: 'api' },

  { methods: POST, path: '/api/v1/queue/check/{eventId}', access: 'pass', kind: 'api' },
  { methods: GET, path: '/api/v1/queue/status/{eventId}', access: 'pass', kind: 'api' },
  { methods: POST, path: '/api/v1/queue/heartbeat/{eventId}', access: 'pass', kind: 'api' },
  { methods: POST, path: '/api/v1/queue/away/{eventId}', access: 'entry', kind: 'api' },
  { methods: POST, path: '/api/v1/queue/leave/{eventId}', access: 'pass', kind: 'api' },
  { methods: ['GET', 'PUT'], path: '/api/v1/queue/threshold/{eventId}', access: 'user', kind: 'api' },

  { methods: GET, path: '/api/v1/seats/events/{eventId}', access: 'entry', kind: 'api' },
  { methods: POST, path: '/api/v1/seats/{id}', access: 'entry', kind: 'api' },
  { methods: GET, path: '/api/v1/reservations/mine', access: 'user', kind: 'api' },
  { methods: GET, path: '/api/v1/reservations/{id}', access: 'user', kind: 'api' },
  { methods: POST, path: '/api/v1/reservations/{id}/cancel', access: 'user', kind: 'api' },
  { methods: POST, path: '/api/v1/payments/prepare', access: 'entry', kind: 'api' },
  { methods: POST, path: '/api/v1/payments/confirm', access: 'user', kind: 'api' },
  { methods: POST, path: '/api/v1/payments/{id}/refund', access: 'user', kind: 'api' },
  { methods: POST, path: '/api/v1/payments/webhook', access: 'public', kind: 'api' },
];
