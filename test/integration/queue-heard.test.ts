import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { queueKeys } from '#contract/redis-keys.ts';
import { type AdmissionKit, type ForkedWorker, startAdmissionKit } from '../support/admission-kit.ts';
import { eventually } from '../support/patience.ts';
import { Crowd } from '../support/queue-crowd.ts';
import { finish, inversions } from '../support/queue-failure-suite.ts';
import { seededRandom } from '../support/random.ts';
import { type LineObserver, observeLine } from '../support/redis-observer.ts';

/** Somebody who has not asked for 2.5 s is silent; a lost worker's visitors have 20 s to reach another one. */
const policy = {
  activeTtlMs: 30_000,
  claimTtlMs: 10_000,
  silentGraceMs: 1_000,
  tickMs: 250,
  batchMax: 3,
  heardGapMs: 750,
  workerLostMs: 1_000,
  workerOutMs: 20_000,
};
const threshold = 4;
const people = 24;
const outageMs = 4_000;

let kit: AdmissionKit;
let workers: [ForkedWorker, ForkedWorker];
let crowd: Crowd;
let observer: LineObserver;
let eventId: string;
let keys: ReturnType<typeof queueKeys>;

beforeAll(async () => {
  kit = await startAdmissionKit({ policy });
});
afterAll(() => kit.stop());
beforeEach(async () => {
  ({ eventId } = await kit.createEvent({ threshold }));
  keys = queueKeys(eventId, 1);
  const settings = { forwardedHops: 1, isLimited: false };
  workers = [await kit.forkWorker(settings), await kit.forkWorker(settings)];
  const look = kit.redis.client();
  await eventually(async () => expect(await look.hget(keys.meta, 'limit')).toBe(`${threshold}`));
  observer = await observeLine(look, keys);
  crowd = await Crowd.gather(kit, workers[0].url, eventId, people, seededRandom(11));
  crowd.route = ({ seq }) => workers[seq % 2]?.url;
});
afterEach(async () => {
  await observer.stop();
  await Promise.all(workers.map((worker) => worker.kill()));
});

/** In the order of tier 1 as far as anybody waited, without the few who found the house empty. */
const lineOrder = () => [...new Set(observer.movedUsers)].slice(threshold);

describe('an outage of ours is not the visitors’ silence', () => {
  it('a worker killed by SIGKILL: its visitors come back through another one, and nobody has passed them', async () => {
    await crowd.pollUntil(() => crowd.inside().length >= threshold);
    await crowd.poll();
    const [lost, other] = workers;
    await lost.kill();
    crowd.route = ({ seq }) => (seq % 2 === 0 ? undefined : other.url);
    const isBackAtMs = Date.now() + outageMs;
    await crowd.pollUntil(async () => {
      const [first] = crowd.inside().filter((person) => crowd.route(person) !== undefined);
      if (first !== undefined) await crowd.leave(first);
      return Date.now() > isBackAtMs;
    }, outageMs * 3);
    crowd.route = () => other.url;
    await finish({ crowd });
    expect(lineOrder()).toHaveLength(people - threshold);
    expect(inversions(lineOrder())).toBe(0);
    expect(observer.overMax()).toBeLessThanOrEqual(0);
  });

  it('Redis away: places that fall free meanwhile go to those in front, though nobody could ask', async () => {
    await crowd.pollUntil(() => crowd.inside().length >= threshold);
    await crowd.poll();
    const before = observer.moved.length;
    kit.redis.pause();
    await kit.events.update(eventId, { threshold: threshold + 3 });
    // Questions that wait in a socket would be heard after all.
    const ways = crowd.route;
    crowd.route = () => undefined;
    await crowd.pollFor(outageMs, 1_000);
    kit.redis.resume();
    await eventually(() => expect(observer.moved.length).toBe(before + 3));
    crowd.route = ways;
    await finish({ crowd });
    expect(lineOrder()).toHaveLength(people - threshold);
    expect(inversions(lineOrder())).toBe(0);
  });
});
