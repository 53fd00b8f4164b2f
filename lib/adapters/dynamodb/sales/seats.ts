import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { seatKey } from '#contract/sales-tables.ts';
import type { SeatStore } from '#core/sales/ports.ts';
import { parseItem } from '../translate.ts';
import { updateIf } from './conditional.ts';

const seatSchema = z.strictObject({ seatKey: z.string(), reservationId: z.string(), fence: z.int().min(1) });

/** Seats in the seats table: an item exists from the first claim on. One write unit a claim. */
export function createSeatStore(client: DynamoDBDocumentClient, table: string): SeatStore {
  return {
    async claim({ eventId, seatId, reservationId, fence, knownDead }) {
      const isMine = 'reservationId = :mine';
      const isUnowned = 'attribute_not_exists(seatKey)';
      const ownerIsDead = 'reservationId = :dead';
      const fenceGrows = 'fence < :fence';
      const isFree =
        knownDead === undefined ? isUnowned : `${isUnowned} OR (${ownerIsDead} AND ${fenceGrows})`;
      const { done, item } = await updateIf(client, {
        table,
        key: { seatKey: seatKey(eventId, seatId) },
        update: 'SET reservationId = :mine, fence = :fence',
        conditions: { 'mine or free': `${isMine} OR ${isFree}` },
        values: {
          ':mine': reservationId,
          ':fence': fence,
          ...(knownDead === undefined ? {} : { ':dead': knownDead }),
        },
      });
      if (done) return { claimed: true };
      const owner = parseItem(seatSchema, item, `seat ${seatId}`);
      return { claimed: false, owner: { reservationId: owner.reservationId, fence: owner.fence } };
    },
  };
}
