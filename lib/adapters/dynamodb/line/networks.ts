import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { networkCounterId } from '#contract/tables.ts';
import type { NetworkTally } from '#core/line/ports.ts';
import { parseItem } from '../items.ts';
import { calling } from '../translate.ts';

const updatedSchema = z.strictObject({ joins: z.int().min(1) });
/** Time that a count is kept after its window, for processes whose clocks are behind. */
const keptSeconds = 600;

/**
 * Joins per network in the counters table.
 *
 * @param hash keyed, so that the table contains no address
 */
export function createNetworkTally(
  client: DynamoDBDocumentClient,
  tableName: string,
  hash: (text: string) => Promise<string>,
): NetworkTally {
  return {
    async add(key, joins, endsAtSeconds) {
      const counterId = networkCounterId(await hash(key));
      const { Attributes } = await calling(() =>
        client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: { counterId },
            UpdateExpression: 'ADD #joins :joins SET expiresAt = :end',
            ExpressionAttributeNames: { '#joins': 'joins' },
            ExpressionAttributeValues: { ':joins': joins, ':end': endsAtSeconds + keptSeconds },
            ReturnValues: 'UPDATED_NEW',
          }),
        ),
      );
      return parseItem(updatedSchema, Attributes, { table: tableName, key: 'network#…' }).joins;
    },
  };
}
