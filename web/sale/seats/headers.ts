import { eventHeader } from '#contract/token-names.ts';

/** Chooses this event's entry token among several in the browser (docs/adr/0013). */
export const eventHeaders = (eventId: string) => ({ [eventHeader]: eventId });

/** Contract/sales-http.ts; a test holds it to that file, which brings a schema library along. */
export const idempotencyKeyHeader = 'idempotency-key';
