import { type DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { indexShards } from '#contract/sale-tables.ts';
import { type OnUnreadable, parseEach } from '../items.ts';
import { calling, conditionFailure } from '../translate.ts';

export type Outcome = { readonly done: boolean; readonly item: unknown };

interface ConditionalUpdate {
  readonly table: string;
  readonly key: Record<string, string>;
  readonly update: string;
  /** Clauses by a name that states the rule; all must hold. */
  readonly conditions: Readonly<Record<string, string>>;
  readonly names?: Record<string, string>;
  readonly values: Record<string, unknown>;
}

/** Runs one conditional write. Returns the item after the call, whether the write succeeded or was refused. */
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

/** Returns the placeholders `:state0, :state1 …` of an IN clause, and their values. */
export function oneOf(prefix: string, allowed: readonly string[]) {
  const values = Object.fromEntries(allowed.map((value, index) => [`:${prefix}${index}`, value]));
  return { list: Object.keys(values).join(', '), values };
}

/**
 * Most pages per shard and read. Items that are set aside come first: with pages of 100, a read passes 1,000 of them per
 * shard, 16,000 in all.
 */
const pagesMax = 10;
/** The same for a read with a filter, where a page is 1 MB. */
const filteredPagesMax = 100;

export interface OldestQuery<T> {
  readonly table: string;
  readonly index: { readonly name: string; readonly partitionKey: string; readonly sortKey: string };
  readonly beforeMs: number;
  readonly limit: number;
  /** Throws UnreadableItemError. */
  readonly parse: (item: Record<string, unknown>) => T;
  readonly onUnreadable: OnUnreadable;
  /** Partitions of the index. @default - all 16 */
  readonly shards?: readonly string[];
  /** A filter expression that needs no names or values. */
  readonly filter?: string;
  /** True for items to skip at present. */
  readonly isSetAside?: ((parsed: T) => boolean) | undefined;
}

/**
 * Returns the readable items of a sharded sparse index up to `beforeMs`: the oldest of all shards, at most `limit`.
 * Unreadable items and items set aside stay in the index and hide no later item (docs/adr/0092).
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
      // DynamoDB's limit counts the items before the filter.
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
