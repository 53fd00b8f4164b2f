import { wayOn } from '#core/event-state.ts';

/** Paths of the pages and of the API, as a browser sees them (lib/contract/routes.ts). */
const eventIdPattern = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** The event of `/vwr/{eventId}` and its like; undefined when the address names none. */
export function eventIdOf(pathname: string): string | undefined {
  const last = pathname.split('/')[2] ?? '';
  return eventIdPattern.test(last) ? last : undefined;
}

export const pages = {
  home: '/',
  event: (eventId: string) => `/events/${eventId}`,
  waiting: (eventId: string) => `/vwr/${eventId}`,
  queue: (eventId: string) => `/queue/${eventId}`,
  seats: (eventId: string) => `/seats/${eventId}`,
  signIn: (next: string) => `/sign-in?next=${encodeURIComponent(next)}`,
} as const;

export const api = {
  assign: (eventId: string) => `/vwr-api/vwr/assign/${eventId}`,
  check: (eventId: string, requestId: string) =>
    `/vwr-api/vwr/check/${eventId}/${encodeURIComponent(requestId)}`,
  status: (eventId: string) => `/vwr-api/vwr/status/${eventId}`,
  events: '/api/v1/events',
  event: (eventId: string) => `/api/v1/events/${eventId}`,
  queueCheck: (eventId: string) => `/api/v1/queue/check/${eventId}`,
  queueStatus: (eventId: string) => `/api/v1/queue/status/${eventId}`,
  queueLeave: (eventId: string) => `/api/v1/queue/leave/${eventId}`,
} as const;

/** The way to the sale from the event page. */
export function wayIn(event: {
  readonly eventId: string;
  readonly isGated: boolean;
  readonly mode: 'both' | 'waiting-room' | 'queue';
}): string {
  if (event.mode === 'queue') return pages.queue(event.eventId);
  return event.isGated ? pages.waiting(event.eventId) : wayOn(event.eventId, event.mode);
}

/**
 * A path on this site, or the fallback. Everything else (another host, `//host`, `javascript:`, a backslash that a
 * browser reads as a slash) is an open redirect.
 */
export function pathOnThisSite(address: string | null | undefined, fallback: string): string {
  if (!address || !/^\/(?![/\\])/.test(address)) return fallback;
  const base = 'https://this.site';
  try {
    const url = new URL(address, base);
    return url.origin === base ? url.pathname + url.search : fallback;
  } catch {
    return fallback;
  }
}
