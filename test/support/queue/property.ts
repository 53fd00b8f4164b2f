import fc from 'fast-check';
import { expect } from 'vitest';
import { admittedAtMs } from '#contract/admission-event.ts';
import type { QueuePolicy, QueueReply } from '#core/queue/ports.ts';
import type { QueueHarness } from './harness.ts';
import { QueueModel } from './model.ts';

/** Short times, so that a run of a hundred steps reaches each of them. */
export const propertyPolicy: QueuePolicy = {
  activeTtlMs: 20_000,
  stayMaxMs: 25_000,
  claimTtlMs: 8_000,
  tickMs: 1_000,
  batchMax: 4,
  pollGraceMs: 5_000,
  forgetMs: 15_000,
  coldWaitMs: 4_000,
  awayMs: 3_000,
  tickGapMaxMs: 2_500,
  workerLostMs: 5_000,
  workerOutMs: 0,
};

const user = fc.integer({ min: 1, max: 12 });
interface Visitor {
  readonly user: number;
  readonly hasPass: boolean;
  readonly showsToken: boolean;
}
export type Step =
  | { do: 'enter'; visitors: readonly Visitor[] }
  | { do: 'ask'; user: number; showsToken: boolean }
  | { do: 'leave'; user: number }
  | { do: 'tick'; limit: number; isPaused: boolean; isOld: boolean }
  | { do: 'wait'; ms: number }
  | { do: 'sweep' }
  | { do: 'lose' };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('enter' as const),
      // Visitors of one turn share a call to Redis, and the same user may be among them twice.
      visitors: fc.array(fc.record({ user, hasPass: mostly(), showsToken: fc.boolean() }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('ask' as const), user, showsToken: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), user }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('tick' as const),
      limit: fc.integer({ min: 0, max: 6 }),
      isPaused: rarely(),
      isOld: rarely(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 6_000 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'sweep' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'lose' as const }) },
);
function rarely() {
  return fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
}
function mostly() {
  return fc.integer({ min: 0, max: 9 }).map((n) => n > 0);
}

const shownState = ({ standing }: QueueReply) =>
  standing.kind === 'waiting' ? `waiting ${standing.rank}` : standing.kind;

/** Random steps, each compared with the model; throws at the first difference. */
export const property = (make: () => Promise<QueueHarness>) =>
  fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 120 }), async (steps) => {
    await compare(await make(), steps);
  });

async function compare(q: QueueHarness, steps: readonly Step[]): Promise<void> {
  const model = new QueueModel(propertyPolicy, q.nowMs);
  /** The last entry token of each user. */
  const tokens = new Map<string, string>();
  let version = 1;
  for (const [i, at] of steps.entries()) {
    const where = `step ${i} ${JSON.stringify(at)}`;
    if (at.do === 'wait') {
      await q.advance(at.ms);
      model.nowMs += at.ms;
    } else if (at.do === 'lose') {
      await q.redis.del(...Object.values(q.keys));
      model.loseEverything();
    } else if (at.do === 'sweep') {
      await q.queue.sweep(q.line, 100);
      model.sweep();
    } else if (at.do === 'tick') {
      version += 1;
      const versionSaid = at.isOld ? 0 : version;
      const value = at.isPaused ? 0 : at.limit;
      const reply = await q.queue.tick(q.line, { value, unpausedValue: at.limit, version: versionSaid });
      const { kind, admitted, passedOver, arrived } = reply;
      expect({ kind, admitted: admitted.map((a) => a.user), passedOver, arrived }, where).toEqual({
        ...model.tick(value, at.limit, versionSaid),
        arrived: model.arrived.size,
      });
    } else if (at.do === 'leave') {
      const name = `u.${at.user}`;
      expect(await q.queue.leave(q.line, name), where).toBe(model.leave(name));
    } else if (at.do === 'ask') {
      const name = `u.${at.user}`;
      const { admissionId, grantedMs } = shown(tokens, name, at.showsToken);
      const reply = await q.heartbeat(name, admissionId);
      expect(shownState(reply), where).toBe(model.heartbeat(name, grantedMs));
      remember(tokens, name, reply);
    } else {
      const visits = at.visitors.map(({ user, hasPass, showsToken }) => {
        const name = `u.${user}`;
        return { name, seq: user, hasPass, requestId: `request-${user}`, ...shown(tokens, name, showsToken) };
      });
      const replies = await Promise.all(
        visits.map(({ name, seq, hasPass, requestId, admissionId }) =>
          q.queue.enter(q.line, {
            user: name,
            ...(hasPass ? { pass: { requestId, position: { shard: 0, seq } } } : {}),
            ...(admissionId === undefined ? {} : { admissionId }),
          }),
        ),
      );
      const expected = visits.map(({ name, seq, hasPass, requestId, grantedMs }) =>
        model.enter(name, hasPass ? requestId : null, hasPass ? seq * 64 : null, grantedMs),
      );
      expect(replies.map(shownState), where).toEqual(expected);
      for (const [n, reply] of replies.entries()) remember(tokens, visits[n]?.name ?? '', reply);
    }
    await compareState(q, model, where);
  }
}

/** Returns the entry token that a visitor presents, if any. */
function shown(tokens: ReadonlyMap<string, string>, name: string, showsToken: boolean) {
  const admissionId = showsToken ? tokens.get(name) : undefined;
  return { admissionId, grantedMs: admissionId === undefined ? null : (admittedAtMs(admissionId) ?? null) };
}

function remember(tokens: Map<string, string>, name: string, { standing }: QueueReply): void {
  if (standing.kind === 'inside') tokens.set(name, standing.admissionId);
}

async function compareState(q: QueueHarness, model: QueueModel, where: string): Promise<void> {
  const [waiting, parked, living, outbox] = await Promise.all([
    q.redis.zrange(q.keys.waiting, '0', '-1'),
    q.redis.zrange(q.keys.parked, '0', '-1'),
    q.redis.zrangebyscore(q.keys.active, `(${model.lineClockMs()}`, '+inf'),
    q.redis.xrange(q.keys.outbox, '-', '+'),
  ]);
  expect(waiting, where).toEqual(model.waiting());
  expect(living.length, where).toBe(model.living());
  expect(new Set([...waiting, ...parked, ...living]).size, where).toBe(
    waiting.length + parked.length + living.length,
  );
  expect(
    outbox.flatMap(([, fields]) => fields.filter((_, i) => i % 2 === 0)),
    where,
  ).toEqual(model.outbox);
}
