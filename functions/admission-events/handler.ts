import { type AdmissionStatistics, bucketKey, bucketOf } from '#adapters/dynamodb/queue/statistics.ts';
import { admissionEventSchema } from '#contract/admission-event.ts';
import { metrics } from '#contract/metrics.ts';
import { countingHandler } from '../shared/counting-handler.ts';
import type { Telemetry } from '../shared/telemetry.ts';

interface AdmissionEventsDeps {
  readonly statistics: Pick<AdmissionStatistics, 'count'>;
  readonly telemetry: Telemetry;
}

/** Counts admissions: one write per second of admissions. */
export const makeHandler = ({ statistics, telemetry }: AdmissionEventsDeps) =>
  countingHandler({
    schema: admissionEventSchema,
    name: 'admission event',
    invalidMetric: metrics.admissionEventInvalid,
    keyOf: (event) => bucketKey(bucketOf(event)),
    write: (events) =>
      statistics.count(
        bucketOf(events[0]),
        events.map(({ admissionId }) => admissionId),
      ),
    telemetry,
  });
