import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { seatKey } from '#contract/sale-tables.ts';
import { UrrError } from '#core/errors.ts';
import type { SeatOwners, SeatStore } from '#core/sale/ports.ts';
import { type OnUnreadable, parseEach, parseItem, placeOf } from '../items.ts';
import { calling } from '../translate.ts';
import { updateIf } from './conditional.ts';

const seatSchema = z.strictObject({ seatKey: z.string(), reservationId: z.string(), fence: z.int().min(1) });
/** Limit of BatchGetItem. */
const batchMax = 100;
/** A throttled BatchGetItem returns a part: most calls for the rest. */
const batchRoundsMax = 5;

/** Seats in the seats table: an item exists after the first claim. One write unit per claim. */
export function createSeatStore(
  client: DynamoDBDocumentClient,
  table: string,
  onUnreadable: OnUnreadable,
): SeatStore & SeatOwners {
  const toSeat = (item: unknown) => parseItem(seatSchema, item, placeOf(table, item, 'seatKey'));

  const batchGet = async (keys: readonly { seatKey: string }[]) => {
    const found: Record<string, unknown>[] = [];
    let left: Record<string, unknown>[] = [...keys];
    for (let round = 0; round < batchRoundsMax && left.length > 0; round += 1) {
      const request = { [table]: { Keys: left, ConsistentRead: true } };
      const answer = await calling(() => client.send(new BatchGetCommand({ RequestItems: request })));
      found.push(...(answer.Responses?.[table] ?? []));
      left = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    }
    if (left.length === 0) return found;
    throw new UrrError('UNAVAILABLE', 'the seats could not be read completely; please try again', {
      retryAfterSeconds: 2,
    });
  };

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
      const [owner] = parseEach([item], toSeat, onUnreadable);
      // An unreadable seat counts as owned and is not claimed.
      return { claimed: false, owner: { reservationId: owner?.reservationId, fence: owner?.fence ?? 0 } };
    },

    async *owners(eventId, seatIds) {
      for (let from = 0; from < seatIds.length; from += batchMax) {
        const part = seatIds.slice(from, from + batchMax);
        const items = await batchGet(part.map((seatId) => ({ seatKey: seatKey(eventId, seatId) })));
        for (const { seatKey: key, reservationId, fence } of parseEach(items, toSeat, onUnreadable))
          yield { seatId: key.slice(eventId.length + 1), reservationId, fence };
      }
    },
  };
}
