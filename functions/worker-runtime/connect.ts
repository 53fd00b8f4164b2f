import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import type { PublicKeySource } from '#adapters/access/key-source.ts';
import { createTokenVerifier } from '#adapters/access/verify.ts';
import { publishedKeys, signInKeys } from '#adapters/accounts/keys.ts';
import { makeSignIn } from '#adapters/accounts/sign-in.ts';
import { createPassOwners } from '#adapters/dynamodb/access/pass-owners.ts';
import { createEndedSessions } from '#adapters/dynamodb/accounts/ended-sessions.ts';
import { createDocumentClient } from '#adapters/dynamodb/client.ts';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { connectRedis } from '#adapters/redis/connect.ts';
import { luaDirectory, readLua } from '#adapters/redis/script.ts';
import { createEdgeConfigStore, createS3Client } from '#adapters/s3/edge-config.ts';
import { createSecretReader, createSecretsClient } from '#adapters/secrets/reader.ts';
import type { WorkerEnvironment } from '#contract/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { reportUnreadable } from '../shared/unreadable.ts';
import { RecentlyEnded } from './ended-sessions.ts';

/**
 * Returns the dependencies of both container workers, built from their environment.
 *
 * @param keys public keys that verify tokens
 */
export async function connectWorker(environment: WorkerEnvironment, keys: PublicKeySource) {
  const nowMs = Date.now;
  const telemetry = createTelemetry();
  const onUnreadable = reportUnreadable(telemetry, nowMs);
  const tables = createDocumentClient();
  const secrets = createSecretsClient();
  const secret = (name: string) => createSecretReader(secrets, name)('current');
  const passwordSecret = environment.REDIS_PASSWORD_SECRET;
  const redis = connectRedis(
    {
      host: environment.REDIS_HOST,
      port: environment.REDIS_PORT,
      isCluster: environment.REDIS_CLUSTER === 'true',
      isTls: environment.REDIS_TLS === 'true',
      username: environment.REDIS_USERNAME,
      password: passwordSecret === undefined ? undefined : await secret(passwordSecret),
    },
    (error) => telemetry.warn('redis connection', { problem: error.name }),
  );
  const { SIGN_IN_ISSUER: issuer, EDGE_CONFIG_BUCKET: bucket } = environment;
  const config = bucket === undefined ? undefined : createEdgeConfigStore(createS3Client(), bucket);
  // On AWS a worker cannot reach the internet, so it reads the issuer's keys where the advancer publishes them.
  const published = config && { fetchKeys: publishedKeys(() => config.get()) };
  const directory = environment.LUA_DIRECTORY;
  const lua = directory === undefined ? luaDirectory : pathToFileURL(`${directory}/`);
  return {
    tables,
    secret,
    redis,
    onUnreadable,
    readScript: (name: string) => readLua(name, lua),
    /** Dependencies of every worker. */
    deps: {
      events: createEventStore(tables, environment.EVENTS_TABLE, nowMs),
      verifier: createTokenVerifier({ keys, issuer: environment.TOKEN_ISSUER, nowMs }),
      passOwners: createPassOwners(tables, environment.POSITIONS_TABLE),
      recentlyEnded: new RecentlyEnded({
        endedSessions: createEndedSessions(tables, environment.SESSIONS_TABLE, onUnreadable),
        telemetry,
        nowMs,
      }),
      signIn: makeSignIn({
        issuer,
        clientId: environment.SIGN_IN_CLIENT_ID,
        nowMs,
        keys: signInKeys({ issuer, nowMs, ...published }),
      }),
      telemetry,
      nowMs,
      workerId: randomUUID(),
      siteUrl: environment.SITE_URL,
      forwardedHops: environment.FORWARDED_HOPS,
    },
  };
}
