import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { type Reservation, reservationSchema } from '#contract/sale.ts';
import { indexShardOf, indexShards, owningShard, salesTables } from '#contract/sale-tables.ts';
import type { UnreadableItemError } from '#core/errors.ts';
import type { OwningReservations, OwnReservations, ReservationStore } from '#core/sale/ports.ts';
import { isDead } from '#core/sale/reservation.ts';
import { type OnUnreadable, parseEach, parseItem, placeOf } from '../items.ts';
import { calling, conditionFailure } from '../translate.ts';
import { oldestOf, oneOf, updateIf } from './conditional.ts';
import { announcementUpdate, createOutbox, type Outbox, outboxAttributes } from './outbox.ts';

const itemSchema = reservationSchema.extend({
  openShard: z.string().optional(),
  owningShard: z.string().optional(),
  ...outboxAttributes,
});

/** Statistics receive the outcome of a sale, not the steps before it. */
const isAnnounced = (from: readonly string[], to: string) => to === 'confirmed' || from.includes('confirmed');

const [open, ofUser, owning, unpublished] = salesTables.reservations.indexes;

/** Most pages per listing of a buyer's reservations. Only unreadable items cause a second page. */
const userPagesMax = 5;

export interface DurableReservations
  extends ReservationStore,
    OwningReservations,
    OwnReservations,
    Outbox<Reservation> {
  /** Returns a buyer's reservations, newest first, at most `limit`. */
  listOfUser(userId: string, limit: number): Promise<readonly Reservation[]>;
}

/** Reservations in the reservations table. Every change is one conditional write of one item. */
export function createReservationStore(
  client: DynamoDBDocumentClient,
  table: string,
  nowMs: () => number,
  onUnreadable: OnUnreadable,
): DurableReservations {
  const toStored = (item: unknown) => parseItem(itemSchema, item, placeOf(table, item, 'reservationId'));
  const toReservation = (item: unknown): Reservation => reservationOf(toStored(item));
  const get = async (reservationId: string) => {
    const { Item } = await calling(() =>
      // Consistent read: the decision whether a seat's owner has ended must not use an old copy.
      client.send(new GetCommand({ TableName: table, Key: { reservationId }, ConsistentRead: true })),
    );
    return Item === undefined ? undefined : toReservation(Item);
  };

  return {
    get,

    async create(reservation) {
      const shard = indexShardOf(reservation.reservationId);
      const put = new PutCommand({
        TableName: table,
        Item: { ...reservation, openShard: shard, owningShard: owningShard(reservation.eventId, shard) },
        ConditionExpression: 'attribute_not_exists(reservationId)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      try {
        await calling(() => client.send(put));
        return { created: true, reservation };
      } catch (error) {
        const failure = conditionFailure(error);
        if (failure === undefined) throw error;
        return { created: false, reservation: toReservation(failure.item) };
      }
    },

    async move({ reservationId, from, to, ifFence, ifOrderId, ifExpiresAtMsMax, orderId }) {
      if (from.length === 0) return { moved: false, reservation: await get(reservationId) };
      const states = oneOf('from', from);
      const announces = isAnnounced(from, to);
      const sets = ['#state = :to', 'version = version + :one'];
      const removes: string[] = [];
      const values: Record<string, unknown> = { ...states.values, ':to': to, ':one': 1 };
      if (orderId !== undefined) {
        sets.push('orderId = :orderId');
        values[':orderId'] = orderId;
      }
      if (to !== 'pending') removes.push('openShard');
      if (isDead(to)) removes.push('owningShard');
      if (announces) {
        const announcement = announcementUpdate(reservationId, { state: to, atMs: nowMs() });
        sets.push(...announcement.sets);
        Object.assign(values, announcement.values);
      }
      const conditions: Record<string, string> = { 'is in one of the states': `#state IN (${states.list})` };
      if (ifFence !== undefined) {
        conditions['is held by this fence'] = 'fence = :fence';
        values[':fence'] = ifFence;
      }
      if (ifOrderId !== undefined) {
        conditions['was paid by this order'] = 'orderId = :ifOrderId';
        values[':ifOrderId'] = ifOrderId;
      }
      if (ifExpiresAtMsMax !== undefined) {
        conditions['its end has passed'] = 'expiresAtMs <= :expiresAtMsMax';
        values[':expiresAtMsMax'] = ifExpiresAtMsMax;
      }
      const { done, item } = await updateIf(client, {
        table,
        key: { reservationId },
        update: `SET ${sets.join(', ')}${removes.length > 0 ? ` REMOVE ${removes.join(', ')}` : ''}`,
        conditions,
        names: { '#state': 'state' },
        values,
      });
      return { moved: done, reservation: item === undefined ? undefined : toReservation(item) };
    },

    async giveBackSeats({ reservationId, orderId, givenBackSeatIds, part }) {
      const { refundId, seats, amountKrw } = part;
      const announcement = announcementUpdate(reservationId, {
        state: 'cancelled',
        atMs: nowMs(),
        part: refundId,
        seats,
        amountKrw,
      });
      const { done, item } = await updateIf(client, {
        table,
        key: { reservationId },
        update: `SET givenBackSeatIds = :given, version = version + :one, ${announcement.sets.join(', ')}`,
        conditions: {
          'is sold': '#state = :confirmed',
          'was paid by this order': 'orderId = :orderId',
          'the list grows': 'attribute_not_exists(givenBackSeatIds) OR size(givenBackSeatIds) < :count',
        },
        names: { '#state': 'state' },
        values: {
          ...announcement.values,
          ':given': givenBackSeatIds,
          ':one': 1,
          ':confirmed': 'confirmed',
          ':orderId': orderId,
          ':count': givenBackSeatIds.length,
        },
      });
      return { moved: done, reservation: item === undefined ? undefined : toReservation(item) };
    },

    async extend(reservationId, fence, expiresAtMs) {
      const { done, item } = await updateIf(client, {
        table,
        key: { reservationId },
        update: 'SET expiresAtMs = :end, version = version + :one',
        conditions: {
          'is pending': '#state = :pending',
          'is held by this fence': 'fence = :fence',
          'ends later': 'expiresAtMs <= :end',
          'within its maximum': 'expiresAtMaxMs >= :end',
        },
        names: { '#state': 'state' },
        values: { ':end': expiresAtMs, ':one': 1, ':pending': 'pending', ':fence': fence },
      });
      return { moved: done, reservation: item === undefined ? undefined : toReservation(item) };
    },

    listOverdue: (nowMsGiven, limit, isSetAside) =>
      oldestOf(client, {
        table,
        index: open,
        beforeMs: nowMsGiven,
        limit,
        parse: (item) => toReservation(item).reservationId,
        onUnreadable,
        isSetAside,
      }),

    async listOfUser(userId, limit) {
      const found: Reservation[] = [];
      let start: Record<string, unknown> | undefined;
      for (let page = 0; page < userPagesMax && found.length < limit; page += 1) {
        const query = new QueryCommand({
          TableName: table,
          IndexName: ofUser.name,
          KeyConditionExpression: 'userId = :user',
          ExpressionAttributeValues: { ':user': userId },
          ScanIndexForward: false,
          Limit: limit,
          ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        });
        const { Items, LastEvaluatedKey } = await calling(() => client.send(query));
        found.push(...parseEach(Items ?? [], toReservation, onUnreadable));
        start = LastEvaluatedKey;
        if (start === undefined) break;
      }
      return found.slice(0, limit);
    },

    async listOfAccount({ eventId, userId }) {
      const own: Reservation[] = [];
      let start: Record<string, unknown> | undefined;
      do {
        const query = new QueryCommand({
          TableName: table,
          IndexName: ofUser.name,
          KeyConditionExpression: 'userId = :user',
          FilterExpression: 'eventId = :event',
          ExpressionAttributeValues: { ':user': userId, ':event': eventId },
          ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        });
        const { Items, LastEvaluatedKey } = await calling(() => client.send(query));
        own.push(...parseEach(Items ?? [], toReservation, onUnreadable));
        start = LastEvaluatedKey;
      } while (start !== undefined);
      return own;
    },

    async *listOwning(eventId, onUnreadableOwner) {
      const setAside = (error: UnreadableItemError, item: Record<string, unknown>) => {
        onUnreadable(error);
        const seatIds = reservationSchema.shape.seatIds.safeParse(item.seatIds).data;
        onUnreadableOwner({ reservationId: String(item.reservationId), seatIds });
      };
      for (const shard of indexShards) {
        let start: Record<string, unknown> | undefined;
        do {
          const query = new QueryCommand({
            TableName: table,
            IndexName: owning.name,
            KeyConditionExpression: '#shard = :shard',
            ExpressionAttributeNames: { '#shard': owning.partitionKey },
            ExpressionAttributeValues: { ':shard': owningShard(eventId, shard) },
            ...(start === undefined ? {} : { ExclusiveStartKey: start }),
          });
          const { Items, LastEvaluatedKey } = await calling(() => client.send(query));
          yield* parseEach(Items ?? [], toReservation, setAside);
          start = LastEvaluatedKey;
        } while (start !== undefined);
      }
    },

    ...createOutbox(client, {
      table,
      index: unpublished,
      onUnreadable,
      nowMs,
      toStored,
      subjectOf: reservationOf,
      keyOf: ({ reservationId }) => ({ reservationId }),
    }),
  };
}

/** Returns the reservation without the attributes of the indexes and the outbox. */
function reservationOf({
  openShard: _o,
  owningShard: _w,
  outboxShard: _s,
  outboxAtMs: _a,
  outbox: _b,
  ...reservation
}: z.infer<typeof itemSchema>): Reservation {
  return reservation;
}
