import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { accountSeatsSalesId } from '#contract/sale-tables.ts';
import type { AccountSeat, AccountSeatStore } from '#core/sale/ports.ts';
import { parseItem, placeOf } from '../items.ts';
import { calling, conditionFailure } from '../translate.ts';
import { updateIf } from './conditional.ts';

/** Entries are `reservation/seat`. DynamoDB stores no empty set. */
const itemSchema = z.object({ seats: z.set(z.string().regex(/^[^/]+\/[^/]+$/)).optional() });

/**
 * Seats that count against an account's cap: one item of the sales table per event and account, with a set of seats. A set
 * needs no read before a change, a repeat changes nothing, and its size is in the condition, so one write decides.
 */
export function createAccountSeatStore(client: DynamoDBDocumentClient, table: string): AccountSeatStore {
  return {
    async get(account) {
      const { Item } = await calling(() =>
        client.send(new GetCommand({ TableName: table, Key: keyOf(account), ConsistentRead: true })),
      );
      return Item === undefined ? undefined : toSeats(table, Item);
    },

    async begin(account, seats) {
      const put = new PutCommand({
        TableName: table,
        Item: { ...keyOf(account), ...(seats.length === 0 ? {} : { seats: setOf(seats) }) },
        ConditionExpression: 'attribute_not_exists(salesId)',
      });
      try {
        await calling(() => client.send(put));
      } catch (error) {
        if (conditionFailure(error) === undefined) throw error;
      }
    },

    async add({ eventId, userId, seats, seatsMax }) {
      const room = seatsMax - seats.length;
      const isNamedAlready = 'contains(seats, :first)';
      const hasRoom = 'attribute_not_exists(seats) OR size(seats) <= :room';
      const { done, item } = await updateIf(client, {
        table,
        key: keyOf({ eventId, userId }),
        update: 'ADD seats :seats',
        conditions: {
          'there is a record': 'attribute_exists(salesId)',
          // One write adds all seats of a reservation, so one of them stands for all.
          'named already, or room for all': room < 0 ? isNamedAlready : `${isNamedAlready} OR ${hasRoom}`,
        },
        values: {
          ':seats': setOf(seats),
          ':first': seats.map(textOf)[0],
          ...(room < 0 ? {} : { ':room': room }),
        },
      });
      return { added: done, seats: item === undefined ? undefined : toSeats(table, item) };
    },

    async remove(account, seats) {
      await updateIf(client, {
        table,
        key: keyOf(account),
        update: 'DELETE seats :seats',
        conditions: { 'there is a record': 'attribute_exists(salesId)' },
        values: { ':seats': setOf(seats) },
      });
    },
  };
}

const keyOf = ({ eventId, userId }: { eventId: string; userId: string }) => ({
  salesId: accountSeatsSalesId(eventId, userId),
});
const textOf = ({ reservationId, seatId }: AccountSeat) => `${reservationId}/${seatId}`;
const setOf = (seats: readonly AccountSeat[]) => new Set(seats.map(textOf));

function toSeats(table: string, item: unknown): AccountSeat[] {
  const { seats = new Set<string>() } = parseItem(itemSchema, item, placeOf(table, item, 'salesId'));
  return [...seats].map((text) => {
    const [reservationId = '', seatId = ''] = text.split('/');
    return { reservationId, seatId };
  });
}
