import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { capacityCounterId } from '#contract/tables.ts';
import type { PublishedCapacity } from '#core/line/observed-queue.ts';
import type { Line } from '#core/line/ports.ts';
import { calling, conditionFailure, setting } from '../translate.ts';

/**
 * The queue's capacity for the line: one item per line in the counters table. Its existence also means that the queue has
 * run before, so a queue without data has lost it (functions/admission/tick.ts).
 */
export function createCapacityStore(client: DynamoDBDocumentClient, tableName: string) {
  const update = (
    { eventId, generation }: Line,
    { free, active, queued, arrived, updatedAtMs }: PublishedCapacity,
  ) => ({
    TableName: tableName,
    Key: { counterId: capacityCounterId(eventId, generation) },
    ...setting({ free, active, queued, arrived, updatedAtMs }),
  });

  return {
    /** Stores the marker that this line exists; false: the marker was already stored. */
    async announce(line: Line, nowMs: number): Promise<boolean> {
      const lineIsUnknown = 'attribute_not_exists(counterId)';
      try {
        const nothingYet = { free: 0, active: 0, queued: 0, updatedAtMs: nowMs };
        await calling(() =>
          client.send(new UpdateCommand({ ...update(line, nothingYet), ConditionExpression: lineIsUnknown })),
        );
        return true;
      } catch (error) {
        if (conditionFailure(error) === undefined) throw error;
        return false;
      }
    },

    /** Stores a capacity unless the stored one is newer. */
    async publish(line: Line, capacity: PublishedCapacity): Promise<void> {
      const isNewest = 'attribute_not_exists(updatedAtMs) OR updatedAtMs < :updatedAtMs';
      try {
        await calling(() =>
          client.send(new UpdateCommand({ ...update(line, capacity), ConditionExpression: isNewest })),
        );
      } catch (error) {
        if (conditionFailure(error) === undefined) throw error;
      }
    },
  };
}
