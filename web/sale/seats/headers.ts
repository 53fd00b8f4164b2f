import { eventHeader } from '#contract/token-names.ts';

/** Selects this event's entry token: a browser may have several (docs/adr/0013). */
export const eventHeaders = (eventId: string) => ({ [eventHeader]: eventId });

/** From contract/sale-http.ts, which would bring a schema library along; a test compares the two. */
export const idempotencyKeyHeader = 'idempotency-key';
