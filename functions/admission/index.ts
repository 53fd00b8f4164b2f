import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { createCapacityStore } from '#adapters/dynamodb/capacity.ts';
import { createDocumentClient } from '#adapters/dynamodb/client.ts';
import { createEventStore } from '#adapters/dynamodb/events.ts';
import { connectRedis } from '#adapters/redis/connect.ts';
import { createQueue } from '#adapters/redis/queue.ts';
import { createQueueLimiter } from '#adapters/redis/route-limiter.ts';
import { luaDirectory, readLua } from '#adapters/redis/script.ts';
import { createSecretReader, createSecretsClient } from '#adapters/secrets/reader.ts';
import { createAdmissionPublisher } from '#adapters/sqs/admission-publisher.ts';
import { createSqsClient } from '#adapters/sqs/client.ts';
import { createKeySource } from '#adapters/tokens/key-source.ts';
import { createTokenSigner } from '#adapters/tokens/sign.ts';
import { createTokenVerifier } from '#adapters/tokens/verify.ts';
import { type EnvironmentOf, parseEnvironment } from '#contract/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { signInOf } from '../shared/worker/sign-in.ts';
import type { AdmissionDeps } from './deps.ts';
import { policyOf } from './policy.ts';
import { AdmissionWorker } from './worker.ts';

/** The load balancer takes a target out within its deregistration delay; together below ECS's 30 s. */
const drainGraceMs = 5_000;
const drainMaxMs = 20_000;

async function realDeps(environment: EnvironmentOf<'admission'>): Promise<AdmissionDeps & { close(): void }> {
  const nowMs = Date.now;
  const telemetry = createTelemetry();
  const tables = createDocumentClient();
  const secrets = createSecretsClient();
  const keys = createKeySource(createSecretReader(secrets, environment.SIGNING_KEYS_SECRET), nowMs);
  const passwordSecret = environment.REDIS_PASSWORD_SECRET;
  const redis = connectRedis(
    {
      host: environment.REDIS_HOST,
      port: environment.REDIS_PORT,
      isCluster: environment.REDIS_CLUSTER === 'true',
      isTls: environment.REDIS_TLS === 'true',
      username: environment.REDIS_USERNAME,
      password:
        passwordSecret === undefined
          ? undefined
          : await createSecretReader(secrets, passwordSecret)('current'),
    },
    (error) => telemetry.warn('redis connection', { problem: error.name }),
  );
  const directory = environment.LUA_DIRECTORY;
  const lua = directory === undefined ? luaDirectory : pathToFileURL(`${directory}/`);
  const policy = policyOf(environment);
  const issuer = environment.TOKEN_ISSUER;
  return {
    events: createEventStore(tables, environment.EVENTS_TABLE, nowMs),
    queue: createQueue(redis, { policy, readScript: (name) => readLua(name, lua) }),
    capacity: createCapacityStore(tables, environment.COUNTERS_TABLE),
    publisher: createAdmissionPublisher(createSqsClient(), environment.ADMISSION_QUEUE_URL, (error) =>
      telemetry.error('admission events could not be sent', error),
    ),
    keys,
    signer: createTokenSigner({ keys, issuer, nowMs }),
    verifier: createTokenVerifier({ keys, issuer, nowMs }),
    signIn: signInOf(environment, nowMs),
    limiter: createQueueLimiter(redis, nowMs),
    telemetry,
    nowMs,
    workerId: randomUUID(),
    forwardedHops: environment.FORWARDED_HOPS,
    tickMs: policy.tickMs,
    close: () => redis.disconnect(),
  };
}

async function main(): Promise<void> {
  const environment = parseEnvironment('admission', process.env);
  const deps = await realDeps(environment);
  const worker = new AdmissionWorker(deps, { port: environment.PORT, drainGraceMs, drainMaxMs });
  const end = async () => {
    await worker.stop();
    deps.close();
  };
  // ECS sends SIGTERM and, 30 s later, SIGKILL; Ctrl-C on one's own machine means the same.
  process.once('SIGTERM', () => void end());
  process.once('SIGINT', () => void end());
  const port = await worker.start();
  deps.telemetry.info('admission worker listens', { port, workerId: deps.workerId });
}

await main();
