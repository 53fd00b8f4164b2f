import { eventIdPattern } from '#contract/event-names.ts';
import { returnQuery } from '#contract/payment-return.ts';
import { nextPagePath } from '#core/events/state.ts';

/** The event id in a path such as `/vwr/{eventId}`; undefined: there is none, or it is invalid. */
export function eventIdOf(pathname: string): string | undefined {
  const last = pathname.split('/')[2] ?? '';
  return eventIdPattern.test(last) ? last : undefined;
}

/** Paths of the pages, as a browser sees them (lib/contract/routes.ts). */
export const pages = {
  home: '/',
  event: (eventId: string) => `/events/${eventId}`,
  waiting: (eventId: string) => `/vwr/${eventId}`,
  queue: (eventId: string) => `/queue/${eventId}`,
  seats: (eventId: string) => `/seats/${eventId}`,
  reservations: '/reservations',
  /** The state of one payment or reservation. */
  reservation: (reservationId: string) =>
    `/reservations?${returnQuery.reservation}=${encodeURIComponent(reservationId)}`,
  signIn: (returnTo: string) => `/sign-in?returnTo=${encodeURIComponent(returnTo)}`,
} as const;

/** Paths of the API, repeated here because lib/contract would bring a schema library along; a test compares the two. */
export const api = {
  assign: (eventId: string) => `/vwr-api/vwr/assign/${eventId}`,
  check: (eventId: string, requestId: string) =>
    `/vwr-api/vwr/check/${eventId}/${encodeURIComponent(requestId)}`,
  status: (eventId: string) => `/vwr-api/vwr/status/${eventId}`,
  events: '/api/v1/events',
  event: (eventId: string) => `/api/v1/events/${eventId}`,
  queueCheck: (eventId: string) => `/api/v1/queue/check/${eventId}`,
  queueStatus: (eventId: string) => `/api/v1/queue/status/${eventId}`,
  queueHeartbeat: (eventId: string) => `/api/v1/queue/heartbeat/${eventId}`,
  queueAway: (eventId: string) => `/api/v1/queue/away/${eventId}`,
  queueLeave: (eventId: string) => `/api/v1/queue/leave/${eventId}`,
  seatStatuses: (eventId: string) => `/api/v1/seats/events/${eventId}`,
  seatLayout: (eventId: string, revision: number) => `/api/v1/seats/events/${eventId}?layout=${revision}`,
  reserve: '/api/v1/seats/reserve',
  extend: '/api/v1/seats/extend',
  release: '/api/v1/seats/release',
  reservations: '/api/v1/reservations/mine',
  reservation: (reservationId: string) => `/api/v1/reservations/${encodeURIComponent(reservationId)}`,
  cancel: (reservationId: string) => `/api/v1/reservations/${encodeURIComponent(reservationId)}/cancel`,
  prepare: '/api/v1/payments/prepare',
  confirm: '/api/v1/payments/confirm',
  me: '/api/v1/auth/me',
  refresh: '/api/v1/auth/refresh',
  signOut: '/api/v1/auth/sign-out',
  signIn: (returnTo: string, language: string) =>
    `/api/v1/auth/sign-in?returnTo=${encodeURIComponent(returnTo)}&lang=${language}`,
} as const;

/** The first page on the way from the event page to the sale. */
export function wayIn(event: {
  readonly eventId: string;
  readonly isGated: boolean;
  readonly mode: 'both' | 'waiting-room' | 'queue';
}): string {
  if (event.mode === 'queue') return pages.queue(event.eventId);
  return event.isGated ? pages.waiting(event.eventId) : nextPagePath(event.eventId, event.mode);
}
