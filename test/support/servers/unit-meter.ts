import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';

const one = z.object({ CapacityUnits: z.number() });
const consumed = z.object({ ConsumedCapacity: z.union([one, z.array(one)]) });
const writing = ['PutItemCommand', 'UpdateItemCommand', 'DeleteItemCommand', 'BatchWriteItemCommand'];

/**
 * Counts the units that calls of a client consume, as the database itself reports them. A write whose condition fails
 * reports nothing and costs its unit all the same: it counts as one.
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
    /** Units since the last taking. */
    take: () => {
      const taken = units;
      units = { writes: 0, reads: 0 };
      return taken;
    },
  };
}
