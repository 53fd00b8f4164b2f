import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { queueKeys } from '#contract/queue-keys.ts';
import { queuePolicyOf } from '../../../functions/admission/policy.ts';
import {
  type AdmissionKit,
  type ForkedWorker,
  send,
  shopperWithPass,
  startAdmissionKit,
} from '../../support/queue/admission-kit.ts';
import { Crowd } from '../../support/queue/crowd.ts';
import { type LineObserver, observeLine } from '../../support/queue/observer.ts';
import { seededRandom } from '../../support/random.ts';
import { eventually, until } from '../../support/time/patience.ts';

/** The times of a deployment. Ticks are more frequent, so that the test is shorter. */
const policy = {
  ...queuePolicyOf({
    ADMIT_BATCH: 3,
    TICK_MS: 1_000,
    ACTIVE_SECONDS: 600,
    STAY_SECONDS: 1_800,
    CLAIM_SECONDS: 90,
    COLD_SECONDS: 65,
  }),
  tickMs: 250,
};
/**
 * A page with failing polls polls again within this time (lib/core/line/poll.ts), and is overdue after a third of it.
 */
const pageAwayMs = 36_000;
const stepMs = 2_000;
const clockKey = 'clock';
const threshold = 4;
const people = 24;

let kit: AdmissionKit;
let look: Redis;
let workers: [ForkedWorker, ForkedWorker];
let workersAlive: number;
let crowd: Crowd;
let observer: LineObserver;
let eventId: string;
let keys: ReturnType<typeof queueKeys>;
let nowMs = Date.now();

beforeAll(async () => {
  kit = await startAdmissionKit({ policy });
  look = kit.redis.client();
  await look.set(clockKey, nowMs);
});
afterAll(() => kit.stop());
beforeEach(async () => {
  ({ eventId } = await kit.createEvent({ threshold }));
  keys = queueKeys(eventId, 1);
  const settings = { forwardedHops: 1, isLimited: false, clockKey };
  workers = [await kit.forkWorker(settings), await kit.forkWorker(settings)];
  workersAlive = workers.length;
  await eventually(async () => expect(await look.hget(keys.meta, 'limit')).toBe(`${threshold}`));
  observer = await observeLine(look, keys);
  crowd = await Crowd.gather(kit, workers[0].url, eventId, people, seededRandom(11));
  crowd.route = ({ seq }) => workers[seq % 2]?.url;
  await until(
    () => step(),
    () => crowd.inside().length === threshold && crowd.waiting().length === people - threshold,
    0,
  );
});
afterEach(async () => {
  await observer.stop();
  await Promise.all(workers.map((worker) => worker.kill()));
});

const ticksSchema = z.record(z.string(), z.number());

/** Advances the scripts' time. Every live worker has ticked afterwards, so a slow machine makes no visitor overdue. */
async function passes(ms: number): Promise<void> {
  nowMs += ms;
  await look.set(clockKey, nowMs);
  await eventually(async () => {
    const [tickAt, lineNow, ticks] = await look.hmget(keys.meta, 'tick_at', 'heard', 'workers');
    expect(Number(tickAt)).toBe(nowMs - (nowMs % policy.tickMs));
    const upToDate = Object.values(ticksSchema.parse(JSON.parse(ticks ?? '{}'))).filter(
      (at) => at === Number(lineNow),
    );
    expect(upToDate.length).toBeGreaterThanOrEqual(workersAlive);
  });
}

/** Time passes, then every visitor that can reach a worker polls. */
async function step(): Promise<void> {
  await passes(stepMs);
  await crowd.poll();
}

/** The first visitors enter the empty event at once. The others wait in tier 1's order. */
async function expectInOrder(): Promise<void> {
  await until(
    async () => {
      for (const person of crowd.inside().slice(0, 3)) await crowd.leave(person);
      await step();
    },
    () => crowd.people.every(({ state }) => state === 'left'),
    0,
  );
  await eventually(() => expect(new Set(observer.movedUsers).size).toBe(people));
  const line = [...new Set(observer.movedUsers)].slice(threshold);
  const first = observer.movedUsers.slice(0, threshold);
  const inOrder = crowd.people.map(({ shopper }) => `u.${shopper.sub}`);
  expect(line).toEqual(inOrder.filter((user) => !first.includes(user)));
  expect(observer.overMax()).toBeLessThanOrEqual(0);
}

describe('an outage does not count as absence of the visitors', () => {
  it('visitors of a killed worker return through another worker and are not overtaken', async () => {
    const [lost, other] = workers;
    await lost.kill();
    workersAlive = 1;
    crowd.route = ({ seq }) => (seq % 2 === 0 ? undefined : other.url);
    for (const endMs = nowMs + pageAwayMs; nowMs < endMs; ) {
      const [reachable] = crowd.inside().filter((person) => crowd.route(person) !== undefined);
      if (reachable !== undefined) await crowd.leave(reachable);
      await step();
    }
    crowd.route = () => other.url;
    await expectInOrder();
  });

  it('places that become free while Redis is unavailable go to the front of the queue', async () => {
    const stranger = await shopperWithPass(kit, eventId, people + 1);
    nowMs += pageAwayMs;
    await look.set(clockKey, nowMs);
    kit.redis.pause();
    await kit.events.update(eventId, { threshold: threshold + 3 });
    // Polls that wait in a socket would still arrive, so nobody in line polls until Redis is back.
    await until(
      () => send(workers[0].url, 'GET', `status/${eventId}`, stranger),
      ({ status }) => status === 503,
    );
    kit.redis.resume();
    await until(
      () => passes(policy.tickMs),
      () => observer.moved.length === threshold + 3,
      0,
    );
    await expectInOrder();
  });
});
