import { join } from '#core/line/join.ts';
import type { CounterStore } from '#core/line/ports.ts';
import { createShardWalk } from '#core/line/shard-walk.ts';
import { createMemoryLine } from '../support/line/memory-line.ts';
import { seededRandom } from '../support/random.ts';
import { createVirtualTime, type VirtualTime } from '../support/time/virtual-time.ts';
import { type Figure, figure } from './figure.ts';

export const figures = ['F7.sharded', 'F7.single', 'F7.lost', 'F7.double'] as const;

const joins = 1_000_000;
/** One join in twenty is a repeat: half directly after the first (a double click), half by a visitor long in line. */
const repeatShare = 0.05;
/** Lambda environments, each with one request at a time. */
const processes = 4_000;
/** Limit of one DynamoDB item (docs.aws.amazon.com: 1,000 write units per second and partition, also for one item). */
const writesPerSecond = 1_000;
/** A round trip to DynamoDB inside a Region. */
const roundTripMs = 4;
const line = { eventId: 'sale', generation: 1 };
const seed = 7;

/** Counters whose items accept this many writes per second each. Further writes wait, as after a back-off. */
function limited(counters: CounterStore, time: VirtualTime): CounterStore {
  const freeAtMs = new Map<number, number>();
  return {
    ...counters,
    async allocate(at, shard) {
      const writtenAtMs = Math.max(time.nowMs() + roundTripMs / 2, freeAtMs.get(shard) ?? 0);
      freeAtMs.set(shard, writtenAtMs + 1000 / writesPerSecond);
      await time.sleepUntil(writtenAtMs + roundTripMs / 2);
      return counters.allocate(at, shard);
    },
  };
}

/** The crowd runs the real use case (core/line/join.ts). Only storage and clock are simulated. */
async function rush(shards: number) {
  const time = createVirtualTime();
  const random = seededRandom(seed);
  const memory = createMemoryLine();
  const counters = limited(memory.counters, time);
  const arrivals = crowd(random);
  const answers = new Map<string, string>();
  const counts = { lost: 0, double: 0, repeats: 0 };
  let requests = 0;

  const environment = async () => {
    const walk = createShardWalk(random);
    const deps = {
      places: memory.places,
      counters,
      walk,
      newRequestId: () => {
        requests += 1;
        return `request-${requests}`;
      },
      nowMs: time.nowMs,
    };
    for (const subject of arrivals) {
      const { place } = await join(deps, {
        line,
        shards,
        serving: [],
        expired: [],
        endsAt: 2_000_000_000,
        subject,
        known: [subject],
        isBound: false,
        numbering: async () => 'own',
      });
      // Reading and storing a place are one round trip each. Their table is partitioned and not the limit.
      await time.sleepUntil(time.nowMs() + 2 * roundTripMs);
      const position = `${place.shard} ${place.seq}`;
      const before = answers.get(subject);
      if (before !== undefined) counts.repeats += 1;
      if (before !== undefined && before !== position) counts.double += 1;
      answers.set(subject, position);
    }
  };
  const startedAtMs = performance.now();
  await time.run(Promise.all(Array.from({ length: processes }, environment)));

  // The stored places are the line: every visitor must have exactly the returned place, and no other's.
  const held = new Map([...memory.stored.values()].map((p) => [p.subject, `${p.shard} ${p.seq}`]));
  for (const [subject, position] of answers) if (held.get(subject) !== position) counts.lost += 1;
  const distinct = new Set(held.values()).size;
  return {
    seconds: time.nowMs() / 1000,
    lost: counts.lost + (answers.size - held.size),
    double: counts.double + (held.size - distinct),
    repeats: counts.repeats,
    computedSeconds: (performance.now() - startedAtMs) / 1000,
  };
}

/** A million joins: new visitors, and repeats of the newest or of any earlier one. */
function* crowd(random: () => number): Generator<string> {
  let visitors = 0;
  for (let i = 0; i < joins; i += 1) {
    if (visitors > 0 && random() < repeatShare) {
      const isDoubleClick = random() < 0.5;
      yield `visitor-${isDoubleClick ? visitors - 1 : Math.floor(random() * visitors)}`;
    } else {
      yield `visitor-${visitors}`;
      visitors += 1;
    }
  }
}

/** F7: a million joins against counters with 1,000 writes per second each, in virtual time. */
export async function run(): Promise<Figure[]> {
  const sharded = await rush(32);
  const single = await rush(1);
  const offered = `${joins.toLocaleString('en')} joins offered at once, ${sharded.repeats.toLocaleString('en')} of them repeats, ${processes.toLocaleString('en')} environments`;
  const simulated = `simulated: ${roundTripMs} ms round trips, ${writesPerSecond} writes/s per item`;
  const [computed, computedSingle] = [sharded, single].map(
    (one) => `computed in ${one.computedSeconds.toFixed(0)} s`,
  );
  const both = 'both runs together';
  return [
    figure(
      'F7.sharded',
      sharded.seconds,
      's',
      { atMost: 60 },
      `joined with 32 shards; ${offered}; ${simulated}; ${computed}`,
    ),
    figure('F7.single', single.seconds, 's', { atMost: 1000 }, `the same with 1 shard; ${computedSingle}`),
    figure(
      'F7.lost',
      sharded.lost + single.lost,
      'places',
      { atMost: 0 },
      `visitors without the place that they received, ${both}`,
    ),
    figure(
      'F7.double',
      sharded.double + single.double,
      'places',
      { atMost: 0 },
      `visitors with two places, or places with two visitors, ${both}`,
    ),
  ];
}
