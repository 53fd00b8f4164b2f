import { type DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { type ReservationEvent, reservationEventId } from '#contract/reservation-event.ts';
import { saleEventsId, saleMinutesId } from '#contract/tables.ts';
import { type OnUnreadable, parseEach, parseItem, placeOf } from '../items.ts';
import { calling, conditionFailure, setting } from '../translate.ts';

/**
 * Counts each sale once, however often its events are delivered, without transactions:
 *
 *   1. put the event as an item named by its second and id     a repeat writes the same item
 *   2. raise the second's sums in its minute                   sums of that second's items; more items, larger count
 *
 * After a crash between 1 and 2 the sums are too low until the event is delivered again. An event contains its second, so
 * every copy reaches the same item.
 */

/** Longer than an event can stay in a queue (4 days) and its dead-letter queue (14 days) together. */
const eventsLifetimeSeconds = 30 * 24 * 60 * 60;
/** Pages of a second's items: about 50,000 sales per second, far more than a sale reaches. */
const secondPagesMax = 5;
/** Pages per read: weeks of a sale. */
const pagesMax = 10;

interface SaleSums {
  readonly count: number;
  readonly seats: number;
  readonly amountKrw: number;
}
/** Outcomes of a sale in the statistics. */
type SaleKind = 'confirmed' | 'cancelled' | 'settled' | 'refunded';
type SaleNumbers = Readonly<Record<SaleKind, SaleSums>>;

export interface SaleStatistics {
  /** Counts events of one event id, each once. @throws UrrError UNAVAILABLE: the call may be repeated */
  count(eventId: string, events: readonly ReservationEvent[]): Promise<void>;
  /** Returns the outcomes of sales from `fromMs` (included) to `toMs` (excluded), whole minutes. */
  totals(eventId: string, fromMs: number, toMs: number): Promise<SaleNumbers>;
}

const kinds = ['confirmed', 'cancelled', 'settled', 'refunded'] as const;
const int = z.int();
const eventItemSchema = z.looseObject({ kind: z.enum(kinds), seats: int, amountKrw: int });
const sumsSchema = z.strictObject({ count: int, seats: int, amountKrw: int });
/** Built once, because building a schema costs far more than using it. */
const namedSumsSchema = z.record(z.string(), sumsSchema);
const none: SaleSums = { count: 0, seats: 0, amountKrw: 0 };
const plus = (a: SaleSums, b: SaleSums): SaleSums => ({
  count: a.count + b.count,
  seats: a.seats + b.seats,
  amountKrw: a.amountKrw + b.amountKrw,
});

export function createSaleStatistics(
  client: DynamoDBDocumentClient,
  tableName: string,
  onUnreadable: OnUnreadable,
): SaleStatistics {
  const put = (event: ReservationEvent) =>
    calling(() =>
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: {
            statsId: saleEventsId(event.eventId),
            bucket: `${secondOf(event)}#${reservationEventId(event)}`,
          },
          ...setting({
            kind: event.state,
            seats: event.type === 'reservation' ? event.seats : 0,
            amountKrw: event.amountKrw,
            expiresAt: Math.floor(event.atMs / 1000) + eventsLifetimeSeconds,
          }),
        }),
      ),
    );

  const toEventItem = (item: unknown) =>
    parseItem(eventItemSchema, item, placeOf(tableName, item, 'statsId', 'bucket'));
  /** Reads each number of a minute alone, so an unreadable one leaves out only its own second. */
  const numbersOf = (item: Record<string, unknown>) =>
    Object.entries(item).flatMap(([name, value]) => {
      const kind = kinds.find((known) => name.startsWith(known));
      return kind === undefined ? [] : [{ kind, name, value, item }];
    });
  const toSums = ({ kind, name, value, item }: ReturnType<typeof numbersOf>[number]) => {
    const place = placeOf(tableName, item, 'statsId', 'bucket');
    return {
      kind,
      sums: parseItem(namedSumsSchema, { [name]: value }, place)[name] ?? none,
    };
  };

  async function* query(statsId: string, from: string, to: string, pages: number, consistent: boolean) {
    let start: Record<string, unknown> | undefined;
    for (let page = 0; page < pages; page += 1) {
      const command = new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'statsId = :id AND #bucket BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#bucket': 'bucket' },
        ExpressionAttributeValues: { ':id': statsId, ':from': from, ':to': to },
        ConsistentRead: consistent,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      });
      const { Items, LastEvaluatedKey } = await calling(() => client.send(command));
      yield Items ?? [];
      start = LastEvaluatedKey;
      if (start === undefined) return;
    }
  }

  const raise = async (eventId: string, second: string) => {
    const sums = new Map<SaleKind, SaleSums>();
    // '$' follows '#' in ASCII, so the range covers this second.
    const pages = query(saleEventsId(eventId), `${second}#`, `${second}$`, secondPagesMax, true);
    for await (const items of pages)
      for (const { kind, seats, amountKrw } of parseEach(items, toEventItem, onUnreadable))
        sums.set(kind, plus(sums.get(kind) ?? none, { count: 1, seats, amountKrw }));
    for (const [kind, sum] of sums) await raiseTo(eventId, second, kind, sum);
  };

  const raiseTo = async (eventId: string, second: string, kind: SaleKind, sums: SaleSums) => {
    const sumsAreBehind = 'attribute_not_exists(#sums) OR #sums.#count < :count';
    try {
      await calling(() =>
        client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: { statsId: saleMinutesId(eventId), bucket: minuteOf(second) },
            UpdateExpression: 'SET #sums = :sums',
            ConditionExpression: sumsAreBehind,
            ExpressionAttributeNames: { '#sums': `${kind}${second.slice(17, 19)}`, '#count': 'count' },
            ExpressionAttributeValues: { ':sums': sums, ':count': sums.count },
          }),
        ),
      );
    } catch (error) {
      if (conditionFailure(error) === undefined) throw error;
    }
  };

  return {
    async count(eventId, events) {
      await Promise.all(events.map(put));
      for (const second of new Set(events.map(secondOf))) await raise(eventId, second);
    },

    async totals(eventId, fromMs, toMs) {
      const totals = { confirmed: none, cancelled: none, settled: none, refunded: none };
      const [from, to] = [isoMinute(fromMs), isoMinute(toMs - 60_000)];
      for await (const items of query(saleMinutesId(eventId), from, to, pagesMax, false))
        for (const { kind, sums } of parseEach(items.flatMap(numbersOf), toSums, onUnreadable))
          totals[kind] = plus(totals[kind], sums);
      return totals;
    },
  };
}

/** For example `2026-07-01T11:00:05Z`. */
const secondOf = ({ atMs }: ReservationEvent): string =>
  `${new Date(atMs).toISOString().slice(0, 'YYYY-MM-DDThh:mm:ss'.length)}Z`;
const minuteOf = (second: string): string => `${second.slice(0, 'YYYY-MM-DDThh:mm'.length)}Z`;
const isoMinute = (ms: number): string => minuteOf(new Date(ms).toISOString());
