import { isDeepStrictEqual } from 'node:util';
import { BatchGetCommand, type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { storedEventSchema, type UrrEvent } from '#contract/event.ts';
import { lastGoodId } from '#contract/tables.ts';
import type { LastGoodKeeper } from '#core/events/ports.ts';
import { calling, conditionFailure } from '../translate.ts';
import { readEventItem } from './item.ts';

/** DynamoDB returns at most 100 items per call: two per event, its item and its copy. */
const eventsPerCall = 50;
/** Copies written in parallel. */
const writesAtOnce = 16;

/**
 * An event's last usable state, stored as a second item in the events table. It has no `onSale`, so the index of live events
 * does not list it. `state` is the event's whole item, including attributes that this release does not know.
 */
const copySchema = z.object({
  state: storedEventSchema.optional().catch(undefined),
  keptAt: z.string().optional().catch(undefined),
  unusableSince: z.string().optional().catch(undefined),
});

interface LastGood {
  /** Undefined: the event has never had a usable item. */
  readonly state: UrrEvent | undefined;
  readonly keptAt: string | undefined;
  readonly unusableSince: string | undefined;
}

/** @returns undefined: no copy has been made yet */
export async function findLastGood(
  client: DynamoDBDocumentClient,
  tableName: string,
  eventId: string,
): Promise<LastGood | undefined> {
  const { Item } = await calling(() =>
    client.send(new GetCommand({ TableName: tableName, Key: { eventId: lastGoodId(eventId) } })),
  );
  return Item === undefined ? undefined : toLastGood(Item);
}

function toLastGood(item: unknown): LastGood {
  const { state, keptAt, unusableSince } = copySchema.parse(item);
  return { state, keptAt, unusableSince };
}

type Item = Readonly<Record<string, unknown>>;

/** Stores the copies. Only the counter-advancer may write them. */
export function createLastGoodKeeper(
  client: DynamoDBDocumentClient,
  tableName: string,
  nowMs: () => number,
): LastGoodKeeper {
  /**
   * The condition on `version` decides: the copy is replaced only if it is still the one that was read together with the
   * item, so a slow advancer cannot restore an older state. It reads the item again in its next cycle.
   */
  const write = async (before: Item | undefined, copy: Item): Promise<void> => {
    const isTheOneRead = 'attribute_not_exists(version) OR version = :seen';
    const seen = before?.version ?? 0;
    const put = new PutCommand({
      TableName: tableName,
      Item: { ...copy, version: typeof seen === 'number' ? seen + 1 : 1 },
      ConditionExpression: isTheOneRead,
      ExpressionAttributeValues: { ':seen': seen },
    });
    try {
      await calling(() => client.send(put));
    } catch (error) {
      if (conditionFailure(error) === undefined) throw error;
    }
  };

  const keepSome = async (eventIds: readonly string[]): Promise<void> => {
    const keys = eventIds.flatMap((eventId) => [{ eventId }, { eventId: lastGoodId(eventId) }]);
    const read = new BatchGetCommand({ RequestItems: { [tableName]: { Keys: keys, ConsistentRead: true } } });
    // Unprocessed keys are read in the next cycle: the decision needs both items.
    const { Responses, UnprocessedKeys } = await calling(() => client.send(read));
    const left = new Set((UnprocessedKeys?.[tableName]?.Keys ?? []).map((key) => key.eventId));
    const items = new Map((Responses?.[tableName] ?? []).map((item) => [item.eventId, item]));
    const writes = eventIds
      .filter((eventId) => !left.has(eventId) && !left.has(lastGoodId(eventId)))
      .flatMap((eventId) => {
        const [item, before] = [items.get(eventId), items.get(lastGoodId(eventId))];
        const copy = item === undefined ? undefined : nextCopy(eventId, item, before, nowMs());
        return copy === undefined ? [] : [{ before, copy }];
      });
    for (let at = 0; at < writes.length; at += writesAtOnce)
      await Promise.all(writes.slice(at, at + writesAtOnce).map(({ before, copy }) => write(before, copy)));
  };

  return {
    async keep(eventIds) {
      for (let at = 0; at < eventIds.length; at += eventsPerCall)
        await keepSome(eventIds.slice(at, at + eventsPerCall));
    },
  };
}

/** Returns the new copy; undefined: the stored copy is up to date. */
function nextCopy(eventId: string, item: Item, before: Item | undefined, nowMs: number): Item | undefined {
  const now = new Date(nowMs).toISOString();
  const isUsable = readEventItem(item).kind === 'usable';
  if (isUsable) {
    const isKept = isDeepStrictEqual(before?.state, item) && before?.unusableSince === undefined;
    return isKept ? undefined : { eventId: lastGoodId(eventId), state: item, keptAt: now };
  }
  if (before?.unusableSince !== undefined) return undefined;
  return { ...before, eventId: lastGoodId(eventId), unusableSince: now };
}
