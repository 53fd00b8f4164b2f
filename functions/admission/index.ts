import { createKeySource, publicHalves } from '#adapters/access/key-source.ts';
import { createTokenSigner } from '#adapters/access/sign.ts';
import { createCapacityStore } from '#adapters/dynamodb/line/capacity.ts';
import { createQueue } from '#adapters/redis/queue.ts';
import { createQueueLimiter } from '#adapters/redis/route-limiter.ts';
import { createSecretReader, createSecretsClient } from '#adapters/secrets/reader.ts';
import { createAdmissionPublisher } from '#adapters/sqs/admission-publisher.ts';
import { createSqsClient } from '#adapters/sqs/client.ts';
import { parseEnvironment } from '#contract/environment.ts';
import { connectWorker } from '../worker-runtime/connect.ts';
import { runWorker } from '../worker-runtime/run.ts';
import type { AdmissionDeps } from './deps.ts';
import { queuePolicyOf } from './policy.ts';
import { AdmissionWorker } from './worker.ts';

const environment = parseEnvironment('admission', process.env);
const policy = queuePolicyOf(environment);
const readKeys = createSecretReader(createSecretsClient(), environment.SIGNING_KEYS_SECRET);
const keys = createKeySource(readKeys, Date.now);
const { tables, redis, readScript, deps: common } = await connectWorker(environment, publicHalves(keys));
const { nowMs, telemetry } = common;
const deps: AdmissionDeps = {
  ...common,
  keys,
  queue: createQueue(redis, { policy, readScript, workerId: common.workerId }),
  capacity: createCapacityStore(tables, environment.COUNTERS_TABLE),
  publisher: createAdmissionPublisher(createSqsClient(), environment.ADMISSION_QUEUE_URL, (error) =>
    telemetry.error('admission events could not be sent', error),
  ),
  signer: createTokenSigner({ keys, issuer: environment.TOKEN_ISSUER, nowMs }),
  limiter: createQueueLimiter(redis, nowMs),
  tickMs: policy.tickMs,
  ticksAtOnce: environment.TICKS_AT_ONCE,
};

await runWorker(
  'admission',
  { deps, environment, close: () => redis.disconnect() },
  (given, options) => new AdmissionWorker(given, options),
);
