import { cached } from '#adapters/cached.ts';
import { createDocumentClient } from '#adapters/dynamodb/client.ts';
import { createEventStore } from '#adapters/dynamodb/events.ts';
import { createSecretReader, createSecretsClient } from '#adapters/secrets/reader.ts';
import { createSharedSecret } from '#adapters/secrets/shared-secret.ts';
import { parseEnvironment } from '#contract/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { type CatalogueDeps, makeHandler } from './handler.ts';

/** A list of a thousand events is read from the table at most this often per process, whatever is searched for. */
const listTtlMs = 2_000;
/** While the table is away, a programme of minutes ago is better than none. */
const listStaleMs = 10 * 60_000;

function realDeps(): CatalogueDeps {
  const environment = parseEnvironment('catalogue', process.env);
  const nowMs = Date.now;
  const events = createEventStore(createDocumentClient(), environment.EVENTS_TABLE, nowMs);
  return {
    events,
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
    telemetry: createTelemetry(),
    nowMs,
  };
}

export const handler = makeHandler(realDeps());
