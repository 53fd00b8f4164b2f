import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { type SeatLayout, seatLayoutSchema } from '#contract/sale.ts';
import { epochSalesId, layoutSalesId, soldOutSalesId } from '#contract/sale-tables.ts';
import { UrrError } from '#core/errors.ts';
import type { LayoutStore } from '#core/sale/ports.ts';
import { parseItem } from '../items.ts';
import { calling, conditionFailure, setting } from '../translate.ts';

const epochSchema = z.strictObject({ epoch: z.int().min(1) });

export interface SalesStore extends LayoutStore {
  /**
   * Returns the next epoch of an event's fences. It is raised whenever Redis is another server than before, so that no fence
   * is issued twice. Atomic; an unused number does no harm.
   */
  raiseEpoch(eventId: string): Promise<number>;
  /** Stores a layout as the next revision; CONFLICT if that revision already exists. */
  putLayout(layout: SeatLayout): Promise<void>;
  /** Whether URR set the event's `isSoldOut`, and so may clear it. A value that an organizer set stays. */
  hasSoldOutMark(eventId: string): Promise<boolean>;
  setSoldOutMark(eventId: string, isMarked: boolean): Promise<void>;
}

export function createSalesStore(client: DynamoDBDocumentClient, table: string): SalesStore {
  return {
    async raiseEpoch(eventId) {
      const { Attributes } = await calling(() =>
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: { salesId: epochSalesId(eventId) },
            UpdateExpression: 'ADD epoch :one',
            ExpressionAttributeValues: { ':one': 1 },
            ReturnValues: 'UPDATED_NEW',
          }),
        ),
      );
      return parseItem(epochSchema, Attributes, { table, key: epochSalesId(eventId) }).epoch;
    },

    async get(eventId) {
      const { Item } = await calling(() =>
        client.send(new GetCommand({ TableName: table, Key: { salesId: layoutSalesId(eventId) } })),
      );
      if (Item === undefined) return undefined;
      const { salesId: _key, ...layout } = Item;
      return parseItem(seatLayoutSchema, layout, { table, key: layoutSalesId(eventId) });
    },

    async hasSoldOutMark(eventId) {
      const { Item } = await calling(() =>
        client.send(
          new GetCommand({
            TableName: table,
            Key: { salesId: soldOutSalesId(eventId) },
            ConsistentRead: true,
          }),
        ),
      );
      return Item !== undefined;
    },

    async setSoldOutMark(eventId, isMarked) {
      const key = { salesId: soldOutSalesId(eventId) };
      await calling(async () => {
        if (isMarked) await client.send(new UpdateCommand({ TableName: table, Key: key }));
        else await client.send(new DeleteCommand({ TableName: table, Key: key }));
      });
    },

    async putLayout(layout) {
      const put = new UpdateCommand({
        TableName: table,
        Key: { salesId: layoutSalesId(layout.eventId) },
        ...setting(layout),
        ConditionExpression: 'attribute_not_exists(salesId) OR revision < :revision',
      });
      try {
        await calling(() => client.send(put));
      } catch (error) {
        if (conditionFailure(error) === undefined) throw error;
        throw new UrrError(
          'CONFLICT',
          `layout of ${layout.eventId} already has revision ${layout.revision} or a later one; put the layout again`,
        );
      }
    },
  };
}
