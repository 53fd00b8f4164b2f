import { Redis } from 'ioredis';
import { publicHalves } from '#adapters/access/key-source.ts';
import { createTokenSigner } from '#adapters/access/sign.ts';
import { createTokenVerifier } from '#adapters/access/verify.ts';
import { makeSignIn } from '#adapters/accounts/sign-in.ts';
import { connectRedis } from '#adapters/redis/connect.ts';
import { createQueue } from '#adapters/redis/queue.ts';
import { createQueueLimiter } from '#adapters/redis/route-limiter.ts';
import type { UrrEvent } from '#contract/event.ts';
import { UrrError } from '#core/errors.ts';
import type { AdmissionDeps } from '../../../functions/admission/deps.ts';
import { createServer } from '../../../functions/admission/server.ts';
import { LiveEvents } from '../../../functions/worker-runtime/live-events.ts';
import type { VisitorSource } from '../../../functions/worker-runtime/visitor.ts';
import {
  keySourceOf,
  signInClient,
  signInIssuer,
  signInKeysOf,
  type TestKeys,
  testIssuer,
} from '../../support/access/identities.ts';
import { countingTelemetry, testSiteUrl } from '../../support/line/vwr-api.ts';
import { testPolicy } from '../../support/queue/harness.ts';
import { sixCalls } from './six-calls.ts';

export interface BenchWorkerOrder {
  readonly redisPort: number;
  readonly event: UrrEvent;
  /** `given`: a header has the user and the place, without verification. */
  readonly identity: 'given' | 'tokens';
  readonly keys: TestKeys;
  /** `six-calls`: joins as in B1, for comparison. */
  readonly way?: 'script' | 'six-calls';
}

/** The shipped HTTP side of the admission worker, in a process of its own, without its rounds. */
process.once('SIGINT', () => process.exit(0));
process.once('message', async (order: BenchWorkerOrder) => {
  const nowMs = Date.now;
  const redis = connectRedis(
    { host: '127.0.0.1', port: order.redisPort, isCluster: false, isTls: false },
    () => undefined,
  );
  const keys = keySourceOf(order.keys.tokens);
  const tokens = { keys, issuer: testIssuer, nowMs };
  const store = {
    get: async () => order.event,
    listLive: async () => ({ events: [order.event], drafts: [], invalid: [], isTruncated: false }),
    update: async () => order.event,
  };
  const queue = createQueue(redis, { policy: testPolicy });
  const deps: AdmissionDeps = {
    events: store,
    queue: order.way === 'six-calls' && redis instanceof Redis ? { ...queue, ...sixCalls(redis) } : queue,
    capacity: { announce: async () => false, publish: async () => undefined },
    publisher: { publish: async () => ({ accepted: new Set(), refused: new Set() }) },
    keys,
    signer: createTokenSigner(tokens),
    passOwners: { own: async () => true },
    verifier: createTokenVerifier({ ...tokens, keys: publicHalves(keys) }),
    recentlyEnded: { has: () => false, refresh: async () => undefined },
    signIn: makeSignIn({
      issuer: signInIssuer,
      clientId: signInClient,
      nowMs,
      keys: signInKeysOf(order.keys.signIn),
    }),
    limiter: createQueueLimiter(redis, nowMs),
    telemetry: countingTelemetry(),
    nowMs,
    workerId: 'bench',
    siteUrl: testSiteUrl,
    forwardedHops: 1,
    tickMs: testPolicy.tickMs,
    ticksAtOnce: 16,
  };
  const events = new LiveEvents(store, nowMs);
  await events.refresh();
  const health = { isLive: () => true, isReady: () => true };
  const server =
    order.identity === 'given'
      ? createServer(deps, events, health, given)
      : createServer(deps, events, health);
  await server.listen({ port: 0, host: '127.0.0.1' });
  const address = server.server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 });
});

/** `x-bench: <user> <seq> <request id>` */
const given: VisitorSource = {
  requireSignedIn(headers) {
    const line = headers['x-bench'];
    if (typeof line !== 'string') throw new UrrError('NOT_SIGNED_IN', 'no identity given');
    return { user: line.slice(0, line.indexOf(' ')), groups: [] };
  },
  requireActive: (visitor) => visitor,
  verifyTokens(headers, event) {
    const line = String(headers['x-bench']);
    const seqAt = line.indexOf(' ') + 1;
    const jtiAt = line.indexOf(' ', seqAt) + 1;
    const pass = {
      iss: '',
      aud: event.eventId,
      sub: '',
      gen: 1,
      iat: 0,
      exp: 4e9,
      shard: 0,
      seq: Number(line.slice(seqAt, jtiAt - 1)),
      jti: line.slice(jtiAt),
    };
    return { pass, entry: undefined, isCookieless: true };
  },
};
