import { join } from '#core/join.ts';
import type { CounterStore } from '#core/line-ports.ts';
import { createShardWalk } from '#core/shard-walk.ts';
import { createMemoryLine } from '../support/memory-line.ts';
import { seededRandom } from '../support/random.ts';
import { createVirtualTime, type VirtualTime } from '../support/virtual-time.ts';
import { type Figure, figure } from './figure.ts';

export const figures = ['F7.sharded', 'F7.single', 'F7.lost', 'F7.double'] as const;

const visitors = 1_000_000;
/** One in twenty joins twice at once: a double click, a retry, a second tab. */
const repeatShare = 0.05;
/** Lambda environments, one request at a time each. */
const processes = 4_000;
/** What one DynamoDB item takes (docs.aws.amazon.com: 1,000 write units a second for a partition, even for one item). */
const writesPerSecond = 1_000;
/** A round trip to DynamoDB inside a Region. */
const roundTripMs = 4;
const line = { eventId: 'sale', generation: 1 };
const seed = 7;

/** Counters whose items take so many writes a second each: those beyond wait their turn, as after back-off. */
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

/** The crowd goes through the real use case (core/join.ts); only the storage and the clock are simulated. */
async function rush(shards: number) {
  const time = createVirtualTime();
  const random = seededRandom(seed);
  const memory = createMemoryLine();
  const counters = limited(memory.counters, time);
  const arrivals = crowd(random);
  const answers = new Map<string, string>();
  const told = { lost: 0, double: 0, repeats: 0 };
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
      const { place } = await join(deps, { line, shards, expired: [], subject, known: [] });
      await time.sleepUntil(time.nowMs() + roundTripMs);
      const position = `${place.shard} ${place.seq}`;
      const before = answers.get(subject);
      if (before !== undefined) told.repeats += 1;
      if (before !== undefined && before !== position) told.double += 1;
      answers.set(subject, position);
    }
  };
  const startedAtMs = performance.now();
  await time.run(Promise.all(Array.from({ length: processes }, environment)));

  // Stored places are the line: everyone answered must hold exactly the place told, and nobody another's.
  const held = new Map([...memory.stored.values()].map((p) => [p.subject, `${p.shard} ${p.seq}`]));
  for (const [subject, position] of answers) if (held.get(subject) !== position) told.lost += 1;
  const distinct = new Set(held.values()).size;
  return {
    seconds: time.nowMs() / 1000,
    lost: told.lost + (visitors - held.size),
    double: told.double + (held.size - distinct),
    repeats: told.repeats,
    computedSeconds: (performance.now() - startedAtMs) / 1000,
  };
}

/** Everyone once, and some a second time right behind. */
function* crowd(random: () => number): Generator<string> {
  for (let i = 0; i < visitors; i += 1) {
    yield `visitor-${i}`;
    if (random() < repeatShare) yield `visitor-${i}`;
  }
}

/** F7: a million joins against counters that take 1,000 writes a second each, in virtual time. */
export async function run(): Promise<Figure[]> {
  const sharded = await rush(32);
  const single = await rush(1);
  const offered = `${visitors.toLocaleString('en')} visitors at once, ${sharded.repeats.toLocaleString('en')} of them twice, ${processes.toLocaleString('en')} environments; simulated: ${roundTripMs} ms round trips, ${writesPerSecond} writes/s per item; computed in ${sharded.computedSeconds.toFixed(1)} s and ${single.computedSeconds.toFixed(1)} s`;
  return [
    figure('F7.sharded', sharded.seconds, 's', { atMost: 60 }, `a million joins, 32 shards; ${offered}`),
    figure(
      'F7.single',
      single.seconds,
      's',
      'stated',
      `the same with 1 shard: about 1,000 s by the item's limit, and repeats burn numbers`,
    ),
    figure(
      'F7.lost',
      sharded.lost + single.lost,
      'places',
      { atMost: 0 },
      'visitors without the place they were told, both runs',
    ),
    figure(
      'F7.double',
      sharded.double + single.double,
      'places',
      { atMost: 0 },
      'visitors with two places, or places with two visitors, both runs',
    ),
  ];
}
