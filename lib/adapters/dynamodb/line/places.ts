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

  // The key holds who it is, which no log may: the line is enough.
  const toPlace = (item: unknown, { eventId, generation }: Line): Place => {
    const place = { table: tableName, key: `${eventId}#${generation}#…` };
    const { placeId: _key, ...parsed } = parseItem(storedPlaceSchema, item, place);
    return parsed;
  };

  /** Decided by this one write: a place with a door number keeps it. False: the condition did not hold. */
  const setDoorIf = async (
    line: Line,
    subject: string,
    requestId: string,
    clause: string,
    attribute: 'doorStartedAtMs' | 'doorNumber',
    value: number,
    values: Readonly<Record<string, unknown>>,
  ): Promise<boolean> => {
    const placeIsThisOne = 'requestId = :requestId';
    const hasNoDoorNumber = 'attribute_not_exists(doorNumber)';
    try {
      await calling(() =>
        client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: key(line, subject),
            UpdateExpression: `SET ${attribute} = :value`,
            ConditionExpression: [placeIsThisOne, hasNoDoorNumber, clause].join(' AND '),
            ExpressionAttributeValues: { ':value': value, ':requestId': requestId, ...values },
          }),
        ),
      );
      return true;
    } catch (error) {
      if (conditionFailure(error) === undefined) throw error;
      return false;
    }
  };

  return {
    async find(line, subject) {
      // A moment-old answer is enough: a place it misses is found by the condition of `put`.
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
            // Another place: nothing of one that was forgotten or given up may stay.
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
      // Decided by this one write: of parallel visits the latest end stays.
      const placeIsThisOne = 'requestId = :requestId';
      const endsEarlier = 'expiresAt < :end';
      try {
        await calling(() =>
          client.send(
            new UpdateCommand({
              TableName: tableName,
              Key: key(line, subject),
              UpdateExpression: 'SET expiresAt = :end',
              ConditionExpression: [placeIsThisOne, endsEarlier].join(' AND '),
              ExpressionAttributeValues: { ':end': expiresAt, ':requestId': requestId },
            }),
          ),
        );
      } catch (error) {
        if (conditionFailure(error) === undefined) throw error;
      }
    },

    async claim(line, subject, requestId, nowMs, doorCalled = 0) {
      const placeStands = 'attribute_exists(placeId)';
      const placeIsThisOne = 'requestId = :requestId';
      const isUnclaimed = 'attribute_not_exists(claimedAtMs)';
      const hasOwnNumberOrIsCalledAtTheDoor = '(attribute_not_exists(sharesNumber) OR doorNumber <= :door)';
      try {
        await calling(() =>
          client.send(
            new UpdateCommand({
              TableName: tableName,
              Key: key(line, subject),
              UpdateExpression: 'SET claimedAtMs = :now',
              ConditionExpression: [
                placeStands,
                placeIsThisOne,
                isUnclaimed,
                hasOwnNumberOrIsCalledAtTheDoor,
              ].join(' AND '),
              ExpressionAttributeValues: { ':now': nowMs, ':requestId': requestId, ':door': doorCalled },
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            }),
          ),
        );
        return { kind: 'claimed' };
      } catch (error) {
        const failure = conditionFailure(error);
        if (failure === undefined) throw error;
        if (failure.item === undefined) return { kind: 'gone' };
        const found = toPlace(failure.item, line);
        if (found.requestId !== requestId) return { kind: 'gone' };
        if (found.claimedAtMs !== undefined) return { kind: 'claimed-before' };
        return { kind: 'at-the-door', doorNumber: found.doorNumber };
      }
    },

    startDoor(line, subject, requestId, nowMs) {
      const nobodyTakesOne = '(attribute_not_exists(doorStartedAtMs) OR doorStartedAtMs <= :over)';
      return setDoorIf(line, subject, requestId, nobodyTakesOne, 'doorStartedAtMs', nowMs, {
        ':over': nowMs - doorStartMs,
      });
    },

    async setDoor(line, subject, requestId, doorNumber) {
      await setDoorIf(line, subject, requestId, 'sharesNumber = :yes', 'doorNumber', doorNumber, {
        ':yes': true,
      });
    },

    async bind(line, subject, requestId, account) {
      const placeIsThisOne = 'requestId = :requestId';
      const belongsToNobodyElse = '(attribute_not_exists(#account) OR #account = :account)';
      try {
        await calling(() =>
          client.send(
            new UpdateCommand({
              TableName: tableName,
              Key: key(line, subject),
              UpdateExpression: 'SET #account = :account',
              ConditionExpression: [placeIsThisOne, belongsToNobodyElse].join(' AND '),
              ExpressionAttributeNames: { '#account': 'account' },
              ExpressionAttributeValues: { ':account': account, ':requestId': requestId },
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            }),
          ),
        );
        return 'bound';
      } catch (error) {
        const failure = conditionFailure(error);
        if (failure === undefined) throw error;
        if (failure.item === undefined) return 'gone';
        return toPlace(failure.item, line).requestId === requestId ? 'other' : 'gone';
      }
    },
  };
}
