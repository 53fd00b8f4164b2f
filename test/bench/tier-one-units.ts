import { randomBytes, randomUUID } from 'node:crypto';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { createPlaceStore } from '#adapters/dynamodb/line/places.ts';
import { tableName } from '#contract/tables.ts';
import { type JoinDeps, join } from '#core/line/join.ts';
import { createShardWalk } from '#core/line/shard-walk.ts';
import { startDynamodb } from '../support/servers/dynamodb.ts';
import { meterUnits } from '../support/servers/unit-meter.ts';

/** DynamoDB request units. */
export interface Units {
  readonly read: number;
  readonly write: number;
}

export interface JoinUnits {
  readonly joins: number;
  /** Per join of someone who comes for the first time. */
  readonly newVisitor: Units;
  /** Per join of someone who shows a visitor cookie and has no place yet: the read is made. */
  readonly knownVisitor: Units;
  /** Per repeated join: the place is there. */
  readonly repeated: Units;
}

const joins = 200;
let measured: Promise<JoinUnits> | undefined;

/** Measures once in a process; F6 and F9 use the same numbers. */
export const measureJoinUnits = (): Promise<JoinUnits> => {
  measured ??= measure();
  return measured;
};

/**
 * Joins with the deployed use case and adapters, and sums what each answer's ConsumedCapacity says. dynalite computes it from
 * the sizes of the real items by DynamoDB's published rules.
 */
async function measure(): Promise<JoinUnits> {
  const dynamodb = await startDynamodb();
  try {
    await dynamodb.createTables('bench');
    const meter = meterUnits(dynamodb.documents);
    const deps: JoinDeps = {
      places: createPlaceStore(dynamodb.documents, tableName('bench', 'positions')),
      counters: createCounterStore(dynamodb.documents, tableName('bench', 'counters')),
      walk: createShardWalk(Math.random),
      newRequestId: randomUUID,
      nowMs: Date.now,
    };
    const subjects = Array.from({ length: joins }, () => `v.${randomBytes(32).toString('base64url')}`);
    const others = subjects.map(() => `v.${randomBytes(32).toString('base64url')}`);
    const joinAll = async (people: readonly string[], isKnown: boolean): Promise<Units> => {
      meter.take();
      for (const subject of people) await join(deps, request(subject, isKnown));
      const { reads, writes } = meter.take();
      return { read: reads / joins, write: writes / joins };
    };
    return {
      joins,
      newVisitor: await joinAll(subjects, false),
      knownVisitor: await joinAll(others, true),
      repeated: await joinAll(others, true),
    };
  } finally {
    await dynamodb.stop();
  }
}

const request = (subject: string, isKnown: boolean) => ({
  // As long as an id may be: the item's size counts.
  line: { eventId: `bench-${'x'.repeat(58)}`, generation: 1 },
  shards: 32,
  serving: [],
  expired: [],
  endsAt: 2_000_000_000,
  subject,
  known: isKnown ? [subject] : [],
  isBound: false,
  numbering: async () => 'own' as const,
});
