import { cached, cachedByKey } from '#adapters/cached.ts';
import { createDocumentClient } from '#adapters/dynamodb/client.ts';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { createAdmissionStatistics } from '#adapters/dynamodb/queue/statistics.ts';
import { createSaleStatistics } from '#adapters/dynamodb/sale/statistics.ts';
import { createSecretReader, createSecretsClient } from '#adapters/secrets/reader.ts';
import { createSharedSecret } from '#adapters/secrets/shared-secret.ts';
import { parseEnvironment } from '#contract/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { reportUnreadable } from '../shared/unreadable.ts';
import { type CatalogueDeps, makeHandler } from './handler.ts';
import { type Day, readStatistics } from './statistics.ts';

/** A list of a thousand events is read from the table at most this often per process, whatever is searched for. */
const listTtlMs = 2_000;
/** While the table is away, a programme of minutes ago is better than none. */
const listStaleMs = 10 * 60_000;
/** A day's minutes are up to a megabyte or two of the table: read at most this often per process, event and day. */
const statisticsTtlMs = 10_000;
const statisticsStaleMs = 10 * 60_000;
/** Events and days remembered at once. */
const statisticsEntriesMax = 500;

function realDeps(): CatalogueDeps {
  const environment = parseEnvironment('catalogue', process.env);
  const nowMs = Date.now;
  const client = createDocumentClient();
  const events = createEventStore(client, environment.EVENTS_TABLE, nowMs);
  const telemetry = createTelemetry();
  const onUnreadable = reportUnreadable(telemetry, nowMs);
  const counts = {
    admissions: createAdmissionStatistics(client, environment.STATS_TABLE, onUnreadable),
    sales: createSaleStatistics(client, environment.STATS_TABLE, onUnreadable),
  };
  const days = cachedByKey(statisticsEntriesMax, (_key, day: Day) =>
    cached(() => readStatistics(counts, day), {
      ttlMs: statisticsTtlMs,
      refreshGapMs: statisticsTtlMs,
      staleMs: statisticsStaleMs,
      nowMs,
    }),
  );
  return {
    events,
    statistics: (day) => days(`${day.eventId}#${day.day}`, day).get(),
    live: cached(() => events.listLive(), {
      ttlMs: listTtlMs,
      refreshGapMs: listTtlMs,
      staleMs: listStaleMs,
      nowMs,
    }),
    isOriginSecret: createSharedSecret(
      createSecretReader(createSecretsClient(), environment.ORIGIN_SECRET),
      nowMs,
    ),
    telemetry,
    nowMs,
  };
}

export const handler = makeHandler(realDeps());
