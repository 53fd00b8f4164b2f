import type { SaleStatistics } from '#adapters/dynamodb/sale/statistics.ts';
import { metrics } from '#contract/metrics.ts';
import { reservationEventSchema } from '#contract/reservation-event.ts';
import { countingHandler } from '../shared/counting-handler.ts';
import type { Telemetry } from '../shared/telemetry.ts';

interface ReservationEventsDeps {
  readonly statistics: Pick<SaleStatistics, 'count'>;
  readonly telemetry: Telemetry;
}

/** Counts the outcomes of sales: one write per event and batch. */
export const makeHandler = ({ statistics, telemetry }: ReservationEventsDeps) =>
  countingHandler({
    schema: reservationEventSchema,
    name: 'reservation event',
    invalidMetric: metrics.reservationEventInvalid,
    keyOf: ({ eventId }) => eventId,
    write: (events) => statistics.count(events[0].eventId, events),
    telemetry,
  });
