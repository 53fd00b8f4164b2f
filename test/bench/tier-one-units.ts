import { randomBytes, randomUUID } from 'node:crypto';
import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import { createCounterStore } from '#adapters/dynamodb/counters.ts';
import { createPlaceStore } from '#adapters/dynamodb/places.ts';
import { tableName } from '#contract/tables.ts';
import { type JoinDeps, join } from '#core/join.ts';
import { createShardWalk } from '#core/shard-walk.ts';
import { startDynamodb, type TestDynamodb } from '../support/dynamodb.ts';

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
    const meter = meterOf(dynamodb);
    const deps: JoinDeps = {
      places: createPlaceStore(dynamodb.documents, tableName('bench', 'positions')),
      counters: createCounterStore(dynamodb.documents, tableName('bench', 'counters')),
      walk: createShardWalk(Math.random),
      newRequestId: randomUUID,
      nowMs: Date.now,
    };
    const subjects = Array.from({ length: joins }, () => `v.${randomBytes(32).toString('base64url')}`);
    const others = subjects.map(() => `v.${randomBytes(32).toString('base64url')}`);
    const joinAll = (people: readonly string[], isKnown: boolean) =>
      meter(joins, async () => {
        for (const subject of people) await join(deps, request(subject, isKnown));
      });
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
  expired: [],
  subject,
  known: isKnown ? [subject] : [],
});

/** Runs work and answers the units each of its `count` parts consumed on average. */
function meterOf({ documents }: TestDynamodb) {
  let sum = { read: 0, write: 0 };
  documents.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
      const isRead = /^(?:Get|BatchGet|Query|Scan)/.test(context.commandName ?? '');
      const units = unitsOf(answer.output);
      sum = isRead ? { ...sum, read: sum.read + units } : { ...sum, write: sum.write + units };
      return answer;
    },
    { step: 'initialize', name: 'unitsMeter' },
  );
  return async (count: number, work: () => Promise<void>): Promise<Units> => {
    sum = { read: 0, write: 0 };
    await work();
    return { read: sum.read / count, write: sum.write / count };
  };
}

function unitsOf(output: object): number {
  if (!('ConsumedCapacity' in output)) throw new Error('an answer without ConsumedCapacity');
  const all = [output.ConsumedCapacity as ConsumedCapacity | ConsumedCapacity[]].flat();
  return all.reduce((sum, { CapacityUnits }) => sum + (CapacityUnits ?? Number.NaN), 0);
}
