import { randomBytes, randomUUID } from 'node:crypto';
import { createKeySource, publicHalves } from '#adapters/access/key-source.ts';
import { createTokenSigner } from '#adapters/access/sign.ts';
import { createTokenVerifier } from '#adapters/access/verify.ts';
import { makeSignIn } from '#adapters/accounts/sign-in.ts';
import { createDocumentClient } from '#adapters/dynamodb/client.ts';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { createNetworkTally } from '#adapters/dynamodb/line/networks.ts';
import { createPlaceStore } from '#adapters/dynamodb/line/places.ts';
import { createKeyedHash } from '#adapters/secrets/keyed-hash.ts';
import { createSecretReader, createSecretsClient } from '#adapters/secrets/reader.ts';
import { createSharedSecret } from '#adapters/secrets/shared-secret.ts';
import { parseEnvironment } from '#contract/environment.ts';
import { createJoinBudget } from '#core/line/join-budget.ts';
import { createShardWalk } from '#core/line/shard-walk.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import type { VwrApiDeps } from './deps.ts';
import { makeHandler } from './handler.ts';
import { createLineCache } from './line-cache.ts';

function realDeps(): VwrApiDeps {
  const environment = parseEnvironment('vwrApi', process.env);
  const nowMs = Date.now;
  const tables = createDocumentClient();
  const secrets = createSecretsClient();
  const events = createEventStore(tables, environment.EVENTS_TABLE, nowMs);
  const counters = createCounterStore(tables, environment.COUNTERS_TABLE);
  const keys = createKeySource(createSecretReader(secrets, environment.SIGNING_KEYS_SECRET), nowMs);
  const originSecret = createSecretReader(secrets, environment.ORIGIN_SECRET);
  const hash = createKeyedHash(originSecret, nowMs);
  const tokens = { keys, issuer: environment.TOKEN_ISSUER, nowMs };
  return {
    lines: createLineCache({ events, counters, nowMs }),
    places: createPlaceStore(tables, environment.POSITIONS_TABLE),
    counters,
    keys,
    signer: createTokenSigner(tokens),
    verifier: createTokenVerifier({ ...tokens, keys: publicHalves(keys) }),
    signIn: makeSignIn({
      issuer: environment.SIGN_IN_ISSUER,
      clientId: environment.SIGN_IN_CLIENT_ID,
      nowMs,
    }),
    walk: createShardWalk(Math.random),
    joinBudget: createJoinBudget({
      tally: createNetworkTally(tables, environment.COUNTERS_TABLE, hash),
      nowMs,
    }),
    isOriginSecret: createSharedSecret(originSecret, nowMs),
    siteUrl: environment.SITE_URL,
    telemetry: createTelemetry(),
    nowMs,
    newRequestId: randomUUID,
    newVisitorId: () => randomBytes(32).toString('base64url'),
  };
}

export const handler = makeHandler(realDeps());
