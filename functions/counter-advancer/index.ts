import { setTimeout as sleep } from 'node:timers/promises';
import { createPublicKeySource } from '#adapters/access/key-source.ts';
import { publishedSignIn } from '#adapters/accounts/sign-in.ts';
import { createDocumentClient } from '#adapters/dynamodb/client.ts';
import { createLastGoodKeeper } from '#adapters/dynamodb/events/last-good.ts';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { createEdgeConfigStore, createS3Client } from '#adapters/s3/edge-config.ts';
import { createSecretReader, createSecretsClient } from '#adapters/secrets/reader.ts';
import { parseEnvironment } from '#contract/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import type { AdvancerDeps } from './deps.ts';
import { makeHandler } from './handler.ts';

function realDeps(): AdvancerDeps {
  const environment = parseEnvironment('counterAdvancer', process.env);
  const nowMs = Date.now;
  const tables = createDocumentClient();
  const readKeys = createSecretReader(createSecretsClient(), environment.PUBLIC_KEYS_SECRET);
  return {
    events: createEventStore(tables, environment.EVENTS_TABLE, nowMs),
    lastGood: createLastGoodKeeper(tables, environment.EVENTS_TABLE, nowMs),
    counters: createCounterStore(tables, environment.COUNTERS_TABLE),
    edgeConfig: createEdgeConfigStore(createS3Client(), environment.EDGE_CONFIG_BUCKET),
    keys: createPublicKeySource(readKeys, nowMs),
    issuer: environment.TOKEN_ISSUER,
    signIn: publishedSignIn({
      issuer: environment.SIGN_IN_ISSUER,
      clientId: environment.SIGN_IN_CLIENT_ID,
      nowMs,
    }),
    cycleMs: environment.CYCLE_SECONDS * 1000,
    telemetry: createTelemetry(),
    nowMs,
    sleep: (ms) => sleep(ms),
  };
}

export const handler = makeHandler(realDeps());
