import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { placeId } from '#contract/tables.ts';
import { type Place, placeSchema } from '#core/line/place.ts';
import { doorStartMs, type Line, type PlaceStore } from '#core/line/ports.ts';
import { parseItem } from '../items.ts';
import { calling, conditionFailure } from '../translate.ts';

const storedPlaceSchema = placeSchema.extend({ placeId: z.string() });

/** Places in the positions table: one item per identity, event and generation. One write unit each. */
export function createPlaceStore(client: DynamoDBDocumentClient, tableName: string): PlaceStore {
  const key = (line: Line, subject: string) => ({
    placeId: placeId(line.eventId, line.generation, subject),
  });

  // The key identifies the visitor and must not be logged; the line is enough.
  const toPlace = (item: unknown, { eventId, generation }: Line): Place => {
    const place = { table: tableName, key: `${eventId}#${generation}#…` };
    const { placeId: _key, ...parsed } = parseItem(storedPlaceSchema, item, place);
    return parsed;
  };

  /**
   * Sets an attribute of the place of this request, if all clauses hold: one write decides.
   * @returns undefined: it is set; else the item that failed a clause
   */
  const setIf = async (
    line: Line,
    subject: string,
    requestId: string,
    [attribute, value]: readonly [name: string, value: unknown],
    clauses: readonly string[],
    values: Readonly<Record<string, unknown>> = {},
  ): Promise<{ readonly item: unknown } | undefined> => {
    const placeIsThisOne = 'requestId = :requestId';
    try {
      await calling(() =>
        client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: key(line, subject),
            UpdateExpression: 'SET #attribute = :value',
            ConditionExpression: [placeIsThisOne, ...clauses].join(' AND '),
            ExpressionAttributeNames: { '#attribute': attribute },
            ExpressionAttributeValues: { ':value': value, ':requestId': requestId, ...values },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      return undefined;
    } catch (error) {
      const failure = conditionFailure(error);
      if (failure === undefined) throw error;
      return failure;
    }
  };
  const hasNoDoorNumber = 'attribute_not_exists(doorNumber)';

  return {
    async find(line, subject) {
      // An eventually consistent read is enough: the condition of `put` finds a place that the read misses.
      const { Item } = await calling(() =>
        client.send(new GetCommand({ TableName: tableName, Key: key(line, subject) })),
      );
      return Item === undefined ? undefined : toPlace(Item, line);
    },

    async put(place, nowMs, replacesRequestId) {
      const hasNoPlace = 'attribute_not_exists(placeId)';
      const placeIsForgotten = 'expiresAt <= :now';
      const placeIsTheOneReplaced = 'requestId = :replaced';
      const clauses = [
        hasNoPlace,
        placeIsForgotten,
        ...(replacesRequestId === undefined ? [] : [placeIsTheOneReplaced]),
      ];
      try {
        await calling(() =>
          client.send(
            // Replaces the whole item: no attribute of an expired or abandoned place may stay.
            new PutCommand({
              TableName: tableName,
              Item: { ...key(place, place.subject), ...place },
              ConditionExpression: clauses.join(' OR '),
              ExpressionAttributeValues: {
                ':now': Math.floor(nowMs / 1000),
                ...(replacesRequestId === undefined ? {} : { ':replaced': replacesRequestId }),
              },
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            }),
          ),
        );
        return { kind: 'stored' };
      } catch (error) {
        const failure = conditionFailure(error);
        if (failure === undefined) throw error;
        return { kind: 'existing', place: toPlace(failure.item, place) };
      }
    },

    async renew(line, subject, requestId, expiresAt) {
      // Of parallel visits the latest end stays.
      const endsEarlier = '#attribute < :value';
      await setIf(line, subject, requestId, ['expiresAt', expiresAt], [endsEarlier]);
    },

    async claim(line, subject, requestId, nowMs, doorCalled = 0) {
      const isUnclaimed = 'attribute_not_exists(#attribute)';
      const hasOwnNumberOrIsCalledAtTheDoor = '(attribute_not_exists(sharesNumber) OR doorNumber <= :door)';
      const clauses = [isUnclaimed, hasOwnNumberOrIsCalledAtTheDoor];
      const values = { ':door': doorCalled };
      const failure = await setIf(line, subject, requestId, ['claimedAtMs', nowMs], clauses, values);
      if (failure === undefined) return { kind: 'claimed' };
      if (failure.item === undefined) return { kind: 'gone' };
      const found = toPlace(failure.item, line);
      if (found.requestId !== requestId) return { kind: 'gone' };
      if (found.claimedAtMs !== undefined) return { kind: 'claimed-before' };
      return { kind: 'at-the-door', doorNumber: found.doorNumber };
    },

    async startDoor(line, subject, requestId, nowMs) {
      const nobodyTakesOne = '(attribute_not_exists(#attribute) OR #attribute <= :over)';
      const clauses = [hasNoDoorNumber, nobodyTakesOne];
      const values = { ':over': nowMs - doorStartMs };
      const failure = await setIf(line, subject, requestId, ['doorStartedAtMs', nowMs], clauses, values);
      return failure === undefined;
    },

    async setDoor(line, subject, requestId, doorNumber) {
      const clauses = [hasNoDoorNumber, 'sharesNumber = :yes'];
      await setIf(line, subject, requestId, ['doorNumber', doorNumber], clauses, { ':yes': true });
    },

    async bind(line, subject, requestId, account) {
      const belongsToNobodyElse = '(attribute_not_exists(#attribute) OR #attribute = :value)';
      const failure = await setIf(line, subject, requestId, ['account', account], [belongsToNobodyElse]);
      if (failure === undefined) return 'bound';
      if (failure.item === undefined) return 'gone';
      return toPlace(failure.item, line).requestId === requestId ? 'other' : 'gone';
    },
  };
}
