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

interface JoinUnits {
  readonly joins: number;
  /** Per join of a new visitor. */
  readonly newVisitor: Units;
  /** Per join of a visitor with a cookie and without a place, which costs a read. */
  readonly knownVisitor: Units;
  /** Per repeated join of a visitor with a place. */
  readonly repeated: Units;
}

const joins = 200;
let measured: Promise<JoinUnits> | undefined;

/** Measures once per process; F6 and F9 use the same numbers. */
export const measureJoinUnits = (): Promise<JoinUnits> => {
  measured ??= measure();
  return measured;
};

/**
 * Joins with the deployed use case and adapters, and adds up ConsumedCapacity of each response. dynalite computes it
 * from the sizes of the items by DynamoDB's published rules.
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
  // The longest possible id, because the item's size counts.
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
