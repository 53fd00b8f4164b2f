import { type DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { indexShards } from '#contract/sale-tables.ts';
import { type OnUnreadable, parseEach } from '../items.ts';
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

/**
 * Pages of one shard that a look reads at most. Items that are set aside take up room in front: with pages of 100 a look
 * sees past 1,000 of them a shard, 16,000 in all.
 */
const pagesMax = 10;
/** The same in search of what a filter lets through; a page is then a megabyte. */
const filteredPagesMax = 100;

export interface OldestQuery<T> {
  readonly table: string;
  readonly index: { readonly name: string; readonly partitionKey: string; readonly sortKey: string };
  readonly beforeMs: number;
  readonly limit: number;
  /** Throws UnreadableItemError. */
  readonly parse: (item: Record<string, unknown>) => T;
  readonly onUnreadable: OnUnreadable;
  /** Partitions of the index. @default the 16 */
  readonly shards?: readonly string[];
  /** A filter expression without names or values of its own. */
  readonly filter?: string;
  /** Left alone for now. */
  readonly isSetAside?: ((parsed: T) => boolean) | undefined;
}

/**
 * Readable items of a sharded sparse index whose time is not after `beforeMs`: the oldest of all shards, at most `limit`.
 * Unreadable ones, and those set aside, stay in the index and hide nothing that stands behind them (docs/adr/0092).
 */
export async function oldestOf<T>(
  client: DynamoDBDocumentClient,
  query: OldestQuery<T>,
): Promise<readonly T[]> {
  const found = await Promise.all(
    (query.shards ?? indexShards).map((shard) => oldestOfShard(client, query, shard)),
  );
  return found
    .flat()
    .sort((a, b) => a.at - b.at)
    .slice(0, query.limit)
    .map(({ parsed }) => parsed);
}

async function oldestOfShard<T>(client: DynamoDBDocumentClient, query: OldestQuery<T>, shard: string) {
  const { table, index, beforeMs, limit, filter, parse, onUnreadable, isSetAside = () => false } = query;
  const pages = filter === undefined ? pagesMax : filteredPagesMax;
  const found: { readonly at: number; readonly parsed: T }[] = [];
  let start: Record<string, unknown> | undefined;
  for (let page = 0; page < pages && found.length < limit; page += 1) {
    const command = new QueryCommand({
      TableName: table,
      IndexName: index.name,
      KeyConditionExpression: '#shard = :shard AND #at <= :before',
      ExpressionAttributeNames: { '#shard': index.partitionKey, '#at': index.sortKey },
      ExpressionAttributeValues: { ':shard': shard, ':before': beforeMs },
      // A limit counts what is read, not what the filter lets through.
      ...(filter === undefined ? { Limit: limit } : { FilterExpression: filter }),
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    const { Items, LastEvaluatedKey } = await calling(() => client.send(command));
    const read = (item: Record<string, unknown>) => ({
      at: Number(item[index.sortKey]),
      parsed: parse(item),
    });
    const readable = parseEach(Items ?? [], read, onUnreadable);
    found.push(...readable.filter(({ parsed }) => !isSetAside(parsed)));
    start = LastEvaluatedKey;
    if (start === undefined) break;
  }
  return found;
}
