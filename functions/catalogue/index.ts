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

/** Each process reads the list (up to a thousand events) at most this often, for all searches together. */
const listTtlMs = 2_000;
/** Greatest age of the list while the table is unavailable. */
const listStaleMs = 10 * 60_000;
/** A day takes up to 2 MB of the table, so each process reads a day of an event at most this often. */
const statisticsTtlMs = 10_000;
const statisticsStaleMs = 10 * 60_000;
/** Most events and days remembered. */
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
