import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';

const one = z.object({ CapacityUnits: z.number() });
const consumed = z.object({ ConsumedCapacity: z.union([one, z.array(one)]) });
const writing = ['PutItemCommand', 'UpdateItemCommand', 'DeleteItemCommand', 'BatchWriteItemCommand'];

/**
 * Counts the units that the calls of a client consume, as DynamoDB reports them. A write with a failed condition
 * reports none and still costs its unit, so it counts as one.
 */
export function meterUnits(client: DynamoDBDocumentClient) {
  let units = { writes: 0, reads: 0 };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      const isWrite = writing.includes(context.commandName ?? '');
      try {
        const result = await next(args);
        const { ConsumedCapacity } = consumed.parse(result.output);
        const sum = [ConsumedCapacity].flat().reduce((total, { CapacityUnits }) => total + CapacityUnits, 0);
        if (isWrite) units.writes += sum;
        else units.reads += sum;
        return result;
      } catch (error) {
        if (isWrite) units.writes += 1;
        throw error;
      }
    },
    { step: 'initialize', priority: 'low', name: 'unitMeter', override: true },
  );
  return {
    /** Returns the units since the last call. */
    take: () => {
      const taken = units;
      units = { writes: 0, reads: 0 };
      return taken;
    },
  };
}
