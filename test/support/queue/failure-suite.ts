import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { queueKeys } from '#contract/queue-keys.ts';
import { startTcpProxy, type TcpProxy } from '../http/tcp-proxy.ts';
import { seededRandom } from '../random.ts';
import type { RedisServer } from '../servers/redis.ts';
import { eventually } from '../time/patience.ts';
import { type AdmissionKit, startAdmissionKit, type TestWorker } from './admission-kit.ts';
import { Crowd, type Person } from './crowd.ts';
import { type LineObserver, observeLine } from './observer.ts';

/** URR_FULL=1: outages as long as in the requirements. */
const isFull = process.env.URR_FULL === '1';
const pausedMs = isFull ? 10_000 : 4_000;
const sqsAwayMs = isFull ? 30_000 : 5_000;
const threshold = 6;
const people = 40;
export const coldWaitMs = 6_000;

/** The Redis of a suite: one server, or a cluster. */
export interface RedisWorld {
  /** What workers connect to. */
  readonly settings: { readonly host: string; readonly port: number; readonly isCluster: boolean };
  /** One of its servers, for the kit. */
  readonly server: RedisServer;
  /** Returns the server that has an event's keys now. */
  holder(key: string): Promise<RedisServer>;
  /**
   * Kills the server with the key. Resolves when the key is served again: by another server or, after `isMissed`, by
   * the same.
   */
  kill(key: string, isMissed: Promise<void>): Promise<{ readonly comeBack: () => Promise<void> }>;
  /** Waits until another server has the key of a stopped one. Absent: no other server takes over. */
  readonly replaced?: (key: string, paused: RedisServer) => Promise<unknown>;
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** One test's event, its workers, its crowd, and observations inside Redis. */
export interface Scene {
  readonly kit: AdmissionKit;
  readonly keys: ReturnType<typeof queueKeys>;
  readonly eventId: string;
  readonly crowd: Crowd;
  readonly workers: TestWorker[];
  readonly queues: TcpProxy;
  /** Observers of the servers that have had the event, in order. */
  readonly observers: LineObserver[];
  looker: Redis;
  observe(): Promise<void>;
}

const seqOf = (user: string) => Number(user.slice('u.person-'.length));
const inversions = (users: readonly string[]): number =>
  users.filter((user, i) => i > 0 && seqOf(user) < seqOf(users[i - 1] ?? '')).length;

/**
 * Users in the order of their first admission. The first arrivals at an empty event are admitted at once; the line
 * starts after them.
 */
const lineOrder = ({ observers }: Scene): string[] => {
  const users = observers.flatMap(({ movedUsers }) => movedUsers);
  return [...new Set(users)].slice(threshold);
};
export const overMax = ({ observers }: Scene): number =>
  Math.max(...observers.map((observer) => observer.overMax()));
const isFullHouse = ({ crowd }: Scene) => crowd.inside().length >= threshold;

/** Shoppers leave a few at a time until all people have been inside. */
export async function finish({ crowd }: Pick<Scene, 'crowd'>): Promise<void> {
  await crowd.pollUntil(async () => {
    for (const person of crowd.inside().slice(0, 3)) await crowd.leave(person);
    return crowd.people.every(({ state }) => state === 'left');
  }, 200);
}

/**
 * Checks what must hold after any failure.
 *
 * @param forgotten shoppers whose admission a promoted server has lost. If such a shopper returns only after the cold
 * wait, the limit may be reached, and the shopper waits at the head for a second admission (docs/adr/0105). All others
 * have one.
 */
export async function expectNothingWrong(
  { kit, crowd, looker, keys, eventId }: Scene,
  forgotten: readonly Person[] = [],
): Promise<void> {
  expect(crowd.polls.unexpected).toEqual([]);
  expect(crowd.polls.withoutRetryAfter).toBe(0);
  const notOnce = crowd.people.filter(
    (person) =>
      person.admissionIds.size < 1 || person.admissionIds.size > (forgotten.includes(person) ? 2 : 1),
  );
  expect(notOnce.map(({ seq }) => seq)).toEqual([]);
  await eventually(async () => expect(await looker.xlen(keys.outbox)).toBe(0), 100);
  const delivered = await kit.consume();
  const ids = delivered.filter((event) => event.eventId === eventId).map(({ admissionId }) => admissionId);
  expect(new Set(ids).size).toBe(ids.length);
  const shown = crowd.people.flatMap(({ admissionIds }) => [...admissionIds]);
  expect(shown.filter((id) => !ids.includes(id))).toEqual([]);
  const perMinute = await kit.statistics.perMinute(eventId, Date.now() - 3_600_000, Date.now() + 120_000);
  expect([...perMinute.values()].reduce((sum, n) => sum + n, 0)).toBe(ids.length);
}

/** Defines the tests of failures on a Redis. `more` adds tests. */
export function describeQueueFailures(
  name: string,
  makeWorld: () => Promise<RedisWorld>,
  more: (scene: () => Scene, world: () => RedisWorld) => void = () => undefined,
): void {
  describe(name, () => {
    let world: RedisWorld;
    let kit: AdmissionKit;
    let queues: TcpProxy;
    let scene: Scene;

    beforeAll(async () => {
      world = await makeWorld();
      kit = await startAdmissionKit({
        redis: world.server,
        policy: {
          // Long, so that no visit expires on a busy machine. Missing polls are tested in test/lua and in the
          // simulation.
          activeTtlMs: 300_000,
          claimTtlMs: 120_000,
          pollGraceMs: 60_000,
          tickMs: 250,
          batchMax: 3,
          coldWaitMs,
          tickGapMaxMs: 750,
        },
      });
      queues = await startTcpProxy(Number(new URL(kit.settings.sqsUrl).port));
    });
    afterAll(async () => {
      await kit?.stop();
      await queues?.stop();
      await world?.stop();
    });

    beforeEach(async () => {
      const { eventId } = await kit.createEvent({ threshold });
      const keys = queueKeys(eventId, 1);
      const { sqsUrl, queueUrl } = kit.settings;
      const through = {
        redis: world.settings,
        sqsUrl: `http://127.0.0.1:${queues.port}`,
        queueUrl: queueUrl.replace(new URL(sqsUrl).port, String(queues.port)),
        forwardedHops: 1,
        isLimited: false,
      };
      const workers = [await kit.startWorker(through), await kit.startWorker(through)];
      const looker = (await world.holder(keys.meta)).client();
      await eventually(async () => expect(await looker.hget(keys.meta, 'limit')).toBe(String(threshold)));
      const crowd = await Crowd.gather(kit, workers[0]?.url ?? '', eventId, people, seededRandom(7));
      const made: Scene = {
        kit,
        keys,
        eventId,
        crowd,
        workers,
        queues,
        observers: [],
        looker,
        async observe() {
          made.looker = (await world.holder(keys.meta)).client();
          made.observers.push(await observeLine(made.looker, keys));
        },
      };
      scene = made;
      await made.observe();
    });
    afterEach(async () => {
      await Promise.all(scene.observers.map((observer) => observer.stop()));
      await Promise.all(scene.workers.map((worker) => worker.stop()));
    });

    it('no failure: admissions follow the order of the line, whoever polls first (Show 3)', async () => {
      await scene.crowd.pollUntil(() => isFullHouse(scene));
      await finish(scene);
      expect(lineOrder(scene)).toHaveLength(people - threshold);
      expect(inversions(lineOrder(scene))).toBe(0);
      expect(overMax(scene)).toBeLessThanOrEqual(0);
      await expectNothingWrong(scene);
    });

    it('FLUSHALL: polls alone restore the order, and shoppers inside still count', async () => {
      const { crowd, observers } = scene;
      await crowd.pollUntil(() => isFullHouse(scene));
      await crowd.poll();
      const before = observers[0]?.moved.length ?? 0;
      await world.flush();
      // People in line poll before any shopper sends the next heartbeat.
      await crowd.pollFor(coldWaitMs / 2, 250, ({ state }) => state !== 'admitted');
      await crowd.pollFor(coldWaitMs, 250);
      expect(crowd.inside().length).toBe(threshold);
      expect(observers[0]?.insideMax()).toBe(threshold);
      expect(observers[0]?.moved.length).toBe(before);
      await finish(scene);
      expect(inversions(lineOrder(scene))).toBe(0);
      expect(overMax(scene)).toBeLessThanOrEqual(0);
      await expectNothingWrong(scene);
    });

    it('Redis killed: polls return 503 with Retry-After, and admissions continue afterwards', async () => {
      const { crowd, keys } = scene;
      await crowd.pollUntil(() => isFullHouse(scene));
      await crowd.poll();
      const isMissed = crowd.pollUntil(() => crowd.polls.unavailable > 0);
      const { comeBack } = await world.kill(keys.meta, isMissed);
      await isMissed;
      await scene.observe();
      await crowd.pollFor(coldWaitMs + 2_000, 250);
      expect(crowd.inside().length).toBe(threshold);
      await finish(scene);
      expect(overMax(scene)).toBeLessThanOrEqual(0);
      await expectNothingWrong(scene);
      await comeBack();
    });

    it('Redis paused: each poll gets a response meanwhile, nobody is admitted twice, and no place is lost', async () => {
      const { crowd, keys } = scene;
      await crowd.pollUntil(() => isFullHouse(scene));
      await crowd.poll();
      const paused = await world.holder(keys.meta);
      paused.pause();
      await crowd.pollFor(pausedMs, 500);
      expect(crowd.polls.unavailable).toBeGreaterThan(0);
      if (world.replaced === undefined) {
        const before = { ...crowd.polls };
        await crowd.poll();
        expect(crowd.polls.unavailable - before.unavailable).toBe(people);
      } else await world.replaced(keys.meta, paused);
      paused.resume();
      await crowd.pollFor(world.replaced === undefined ? 2_000 : coldWaitMs + 2_000, 250);
      await scene.observe();
      expect(crowd.inside().length).toBe(threshold);
      await finish(scene);
      expect(overMax(scene)).toBeLessThanOrEqual(0);
      await expectNothingWrong(scene);
    });

    it(`SQS away for ${sqsAwayMs / 1000} s: admissions continue, and each of their events arrives once`, async () => {
      const { crowd, keys, eventId } = scene;
      queues.close(true);
      await crowd.pollUntil(() => isFullHouse(scene));
      const endAtMs = Date.now() + sqsAwayMs;
      await crowd.pollUntil(async () => {
        const [first] = crowd.inside();
        if (first !== undefined && crowd.waiting().length > 0) await crowd.leave(first);
        return Date.now() > endAtMs;
      });
      expect(await scene.looker.xlen(keys.outbox)).toBeGreaterThan(5);
      expect((await kit.consume()).filter((event) => event.eventId === eventId)).toEqual([]);
      queues.close(false);
      await finish(scene);
      await expectNothingWrong(scene);
    });

    more(
      () => scene,
      () => world,
    );
  });
}
