import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import {
  capacityCounterId,
  claimedCounterId,
  doorCounterId,
  issuedCounterId,
  servingCounterId,
} from '#contract/tables.ts';
import { UrrError } from '#core/errors.ts';
import type { CounterStore, Line } from '#core/line/ports.ts';
import { type ServingState, servingStateSchema } from '#core/line/serving.ts';
import { type ItemPlace, parseItem } from '../items.ts';
import { calling, conditionFailure, setting } from '../translate.ts';

const count = z.int().min(0);
const issuedItemSchema = z.strictObject({ counterId: z.string(), issued: count });
const claimedItemSchema = z.strictObject({ counterId: z.string(), claimed: count });
const doorItemSchema = z.strictObject({ counterId: z.string(), given: count });
const capacityItemSchema = z.object({
  counterId: z.string(),
  free: count,
  active: count,
  queued: count,
  arrived: count.optional(),
  updatedAtMs: count,
});
/**
 * Attributes that the release before requires in a line's state and this one ignores. Both run side by side during a
 * deployment and a rollback. The next release drops them.
 */
const ofReleaseBefore = { pace: [], isRunning: false };
/** A throttled BatchGetItem returns a part: most calls for the rest. */
const batchRoundsMax = 5;

/**
 * Counters and serving states in the counters table. They have no time to live: a counter that expired during a line would
 * allocate its numbers again.
 */
export function createCounterStore(client: DynamoDBDocumentClient, tableName: string): CounterStore {
  const add = async (counterId: string, attribute: 'issued' | 'claimed' | 'given') => {
    const { Attributes } = await calling(() =>
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { counterId },
          UpdateExpression: 'ADD #n :one',
          ExpressionAttributeNames: { '#n': attribute },
          ExpressionAttributeValues: { ':one': 1 },
          ReturnValues: 'UPDATED_NEW',
        }),
      ),
    );
    return Attributes;
  };

  const get = async (counterId: string, isConsistent: boolean): Promise<unknown> => {
    const { Item } = await calling(() =>
      client.send(new GetCommand({ TableName: tableName, Key: { counterId }, ConsistentRead: isConsistent })),
    );
    return Item;
  };

  const placed = (key: string): ItemPlace => ({ table: tableName, key });

  /** Sets a serving state in one conditional write; false: the condition did not hold. */
  const setIf = async (
    counterId: string,
    state: ServingState & Record<string, unknown>,
    clause: string,
    values: Record<string, unknown> = {},
  ): Promise<boolean> => {
    const { ExpressionAttributeValues, ...update } = setting(state);
    try {
      await calling(() =>
        client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: { counterId },
            ...update,
            ConditionExpression: clause,
            ExpressionAttributeValues: { ...ExpressionAttributeValues, ...values },
          }),
        ),
      );
      return true;
    } catch (error) {
      if (conditionFailure(error) === undefined) throw error;
      return false;
    }
  };

  return {
    async allocate({ eventId, generation }, shard) {
      const counterId = issuedCounterId(eventId, generation, shard);
      const updated = await add(counterId, 'issued');
      return parseItem(issuedItemSchema.omit({ counterId: true }), updated, placed(counterId)).issued;
    },

    async lastNumber({ eventId, generation }, shard) {
      const counterId = issuedCounterId(eventId, generation, shard);
      const item = await get(counterId, true);
      return item === undefined ? 0 : parseItem(issuedItemSchema, item, placed(counterId)).issued;
    },

    async allocateDoor({ eventId, generation }) {
      const counterId = doorCounterId(eventId, generation);
      const updated = await add(counterId, 'given');
      return parseItem(doorItemSchema.omit({ counterId: true }), updated, placed(counterId)).given;
    },

    async doorGiven({ eventId, generation }) {
      const counterId = doorCounterId(eventId, generation);
      const item = await get(counterId, true);
      return item === undefined ? 0 : parseItem(doorItemSchema, item, placed(counterId)).given;
    },

    async addClaimed({ eventId, generation }, shard) {
      await add(claimedCounterId(eventId, generation, shard), 'claimed');
    },

    async issued({ eventId, generation }, shards) {
      const ids = range(shards).map((shard) => issuedCounterId(eventId, generation, shard));
      const items = await batchGet(client, tableName, ids);
      return ids.map((id) => {
        const item = items.get(id);
        return item === undefined ? 0 : parseItem(issuedItemSchema, item, placed(id)).issued;
      });
    },

    async claimedTotal({ eventId, generation }, shards) {
      const ids = range(shards).map((shard) => claimedCounterId(eventId, generation, shard));
      const items = await batchGet(client, tableName, ids);
      return [...items].reduce(
        (sum, [id, item]) => sum + parseItem(claimedItemSchema, item, placed(id)).claimed,
        0,
      );
    },

    async serving(line, read) {
      const item = await get(servingId(line), read === 'latest');
      return item === undefined ? undefined : toServing(item, placed(servingId(line)));
    },

    createServing(line, state) {
      const lineIsNew = 'attribute_not_exists(counterId)';
      return setIf(servingId(line), { ...state, ...ofReleaseBefore }, lineIsNew);
    },

    replaceServing(line, next) {
      const nobodyElseMovedIt = 'version = :before';
      const values = { ':before': next.version - 1 };
      return setIf(servingId(line), servingStateSchema.parse(next), nobodyElseMovedIt, values);
    },

    async capacity({ eventId, generation }) {
      const counterId = capacityCounterId(eventId, generation);
      const item = await get(counterId, true);
      if (item === undefined) return undefined;
      const { counterId: _key, ...capacity } = parseItem(capacityItemSchema, item, placed(counterId));
      return capacity;
    },
  };
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const servingId = ({ eventId, generation }: Line) => servingCounterId(eventId, generation);

function toServing(item: unknown, place: ItemPlace): ServingState {
  const asObject = parseItem(z.record(z.string(), z.unknown()), item, place);
  const { counterId: _key, ...state } = asObject;
  return parseItem(servingStateSchema, state, place);
}

/** Reads up to 64 counters consistently (one per shard: shardsMax is below BatchGetItem's 100). */
async function batchGet(
  client: DynamoDBDocumentClient,
  tableName: string,
  ids: readonly string[],
): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  let keys: Record<string, unknown>[] = ids.map((counterId) => ({ counterId }));
  for (let round = 0; round < batchRoundsMax && keys.length > 0; round += 1) {
    const request = { [tableName]: { Keys: keys, ConsistentRead: true } };
    const answer = await calling(() => client.send(new BatchGetCommand({ RequestItems: request })));
    for (const item of answer.Responses?.[tableName] ?? []) found.set(String(item.counterId), item);
    keys = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
  }
  if (keys.length === 0) return found;
  throw new UrrError('UNAVAILABLE', 'the counters could not be read completely; please try again', {
    retryAfterSeconds: 2,
  });
}
