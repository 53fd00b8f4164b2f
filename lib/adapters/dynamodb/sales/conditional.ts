import { type DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { indexShards } from '#contract/sales-tables.ts';
import { calling, conditionFailure } from '../translate.ts';

export type Outcome = { readonly done: boolean; readonly item: unknown };

export interface ConditionalUpdate {
  readonly table: string;
  readonly key: Record<string, string>;
  readonly update: string;
  /** Clauses by name, so that the condition reads as the rule it is; all must hold. */
  readonly conditions: Readonly<Record<string, string>>;
  readonly names?: Record<string, string>;
  readonly values: Record<string, unknown>;
}

/** One conditional write. Answers the item as it stands after the call, whether the write was done or refused. */
export async function updateIf(client: DynamoDBDocumentClient, change: ConditionalUpdate): Promise<Outcome> {
  const command = new UpdateCommand({
    TableName: change.table,
    Key: change.key,
    UpdateExpression: change.update,
    ConditionExpression: Object.values(change.conditions)
      .map((clause) => `(${clause})`)
      .join(' AND '),
    ...(change.names === undefined ? {} : { ExpressionAttributeNames: change.names }),
    ExpressionAttributeValues: change.values,
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    const { Attributes } = await calling(() => client.send(command));
    return { done: true, item: Attributes };
  } catch (error) {
    const failure = conditionFailure(error);
    if (failure === undefined) throw error;
    return { done: false, item: failure.item };
  }
}

/** `:state0, :state1 …` for an IN clause, and its values. */
export function oneOf(prefix: string, allowed: readonly string[]) {
  const values = Object.fromEntries(allowed.map((value, index) => [`:${prefix}${index}`, value]));
  return { list: Object.keys(values).join(', '), values };
}

/** Items of a sharded sparse index whose time is not after `beforeMs`: the oldest of all shards, at most `limit`. */
export async function oldestOf(
  client: DynamoDBDocumentClient,
  table: string,
  index: { readonly name: string; readonly partitionKey: string; readonly sortKey: string },
  beforeMs: number,
  limit: number,
): Promise<readonly Record<string, unknown>[]> {
  const query = (shard: string) =>
    client.send(
      new QueryCommand({
        TableName: table,
        IndexName: index.name,
        KeyConditionExpression: '#shard = :shard AND #at <= :before',
        ExpressionAttributeNames: { '#shard': index.partitionKey, '#at': index.sortKey },
        ExpressionAttributeValues: { ':shard': shard, ':before': beforeMs },
        Limit: limit,
      }),
    );
  const found = await Promise.all(indexShards.map((shard) => calling(() => query(shard))));
  const at = (item: Record<string, unknown>) => Number(item[index.sortKey]);
  return found
    .flatMap(({ Items }) => Items ?? [])
    .sort((a, b) => at(a) - at(b))
    .slice(0, limit);
}
