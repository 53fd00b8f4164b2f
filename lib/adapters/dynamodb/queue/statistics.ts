import { type DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { type AdmissionEvent, admittedAtMs } from '#contract/admission-event.ts';
import { admittedIdsId, admittedMinutesId } from '#contract/tables.ts';
import { type OnUnreadable, parseEach, parseItem, placeOf } from '../items.ts';
import { calling, conditionFailure } from '../translate.ts';

/**
 * Counts each admission once, however often its event is delivered, without transactions:
 *
 *   1. ADD the ids to the set of their second       a set contains an id once: a repeat changes nothing
 *   2. raise the second's number in its minute      to the set's size, never lower: a repeat changes nothing
 *
 * After a crash between 1 and 2 the number is too low until the event is delivered again. The second of an admission is
 * part of its id, so every copy of its event reaches the same set.
 */

/** Ids per set; a second with more ids has several sets. A set of 100 ids takes 3 KB and 3 write units. */
const chunkSize = 100;
/** Longer than an event can stay in a queue (4 days) and its dead-letter queue (14 days) together. */
const idsLifetimeSeconds = 30 * 24 * 60 * 60;
/** Pages per read: about 10,000 minutes, a week of a sale. */
const pagesMax = 10;

/** The counter of an admission. */
export interface Bucket {
  readonly eventId: string;
  readonly generation: number;
  readonly secondMs: number;
  readonly chunk: number;
}

export function bucketOf({ eventId, generation, admissionId }: AdmissionEvent): Bucket {
  const number = Number(admissionId.slice(admissionId.lastIndexOf('-') + 1));
  return {
    eventId,
    generation,
    secondMs: Math.floor((admittedAtMs(admissionId) ?? 0) / 1000) * 1000,
    chunk: Math.floor(Math.max(0, number - 1) / chunkSize),
  };
}

export const bucketKey = ({ eventId, generation, secondMs, chunk }: Bucket): string =>
  `${eventId}#${generation}#${secondMs}#${chunk}`;

export interface AdmissionStatistics {
  /** Counts admissions of one bucket, each once. @throws UrrError UNAVAILABLE: the call may be repeated */
  count(bucket: Bucket, admissionIds: readonly string[]): Promise<void>;
  /** Returns the admissions per minute, from `fromMs` (included) to `toMs` (excluded). */
  perMinute(eventId: string, fromMs: number, toMs: number): Promise<ReadonlyMap<number, number>>;
}

const setSchema = z.object({ ids: z.set(z.string()) });
/** Attribute name of a number: second and chunk. */
const numberName = /^n\d+c\d+$/;

export function createAdmissionStatistics(
  client: DynamoDBDocumentClient,
  tableName: string,
  onUnreadable: OnUnreadable,
): AdmissionStatistics {
  const addIds = async (bucket: Bucket, ids: readonly string[]): Promise<number> => {
    const key = {
      statsId: admittedIdsId(bucket.eventId, bucket.generation),
      bucket: `${iso(bucket.secondMs)}#${bucket.chunk}`,
    };
    const { Attributes } = await calling(() =>
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: key,
          UpdateExpression: 'ADD ids :ids SET expiresAt = :expiresAt',
          ExpressionAttributeValues: {
            ':ids': new Set(ids),
            ':expiresAt': Math.floor(bucket.secondMs / 1000) + idsLifetimeSeconds,
          },
          ReturnValues: 'UPDATED_NEW',
        }),
      ),
    );
    return parseItem(setSchema, Attributes, placeOf(tableName, key, 'statsId', 'bucket')).ids.size;
  };

  const raiseNumber = async ({ eventId, generation, secondMs, chunk }: Bucket, size: number) => {
    const second = new Date(secondMs).getUTCSeconds();
    const minuteMs = Math.floor(secondMs / 60_000) * 60_000;
    const numberIsBehind = 'attribute_not_exists(#n) OR #n < :size';
    try {
      await calling(() =>
        client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: { statsId: admittedMinutesId(eventId), bucket: `${iso(minuteMs)}#${generation}` },
            UpdateExpression: 'SET #n = :size',
            ConditionExpression: numberIsBehind,
            ExpressionAttributeNames: { '#n': `n${second}c${chunk}` },
            ExpressionAttributeValues: { ':size': size },
          }),
        ),
      );
    } catch (error) {
      if (conditionFailure(error) === undefined) throw error;
    }
  };

  /** Reads each number of a minute alone, so an unreadable one leaves out only itself. */
  const numbersOf = (item: Record<string, unknown>) =>
    Object.entries(item)
      .filter(([name]) => numberName.test(name))
      .map(([name, value]) => ({ name, value, item }));
  const toNumber = ({ name, value, item }: ReturnType<typeof numbersOf>[number]) => {
    const place = placeOf(tableName, item, 'statsId', 'bucket');
    const people = parseItem(z.object({ [name]: z.int().min(0) }), { [name]: value }, place)[name] ?? 0;
    const bucket = String(item.bucket);
    return { atMs: Date.parse(bucket.slice(0, bucket.indexOf('#'))), people };
  };

  return {
    async count(bucket, admissionIds) {
      await raiseNumber(bucket, await addIds(bucket, admissionIds));
    },

    async perMinute(eventId, fromMs, toMs) {
      const minutes = new Map<number, number>();
      let start: Record<string, unknown> | undefined;
      for (let page = 0; page < pagesMax; page += 1) {
        const query = new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'statsId = :id AND #bucket BETWEEN :from AND :to',
          ExpressionAttributeNames: { '#bucket': 'bucket' },
          // '$' follows '#' in ASCII, so the range ends after the last generation of the last minute before `toMs`.
          ExpressionAttributeValues: {
            ':id': admittedMinutesId(eventId),
            ':from': iso(fromMs),
            ':to': `${iso(toMs - 60_000)}$`,
          },
          ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        });
        const { Items, LastEvaluatedKey } = await calling(() => client.send(query));
        for (const { atMs, people } of parseEach((Items ?? []).flatMap(numbersOf), toNumber, onUnreadable))
          minutes.set(atMs, (minutes.get(atMs) ?? 0) + people);
        start = LastEvaluatedKey;
        if (start === undefined) break;
      }
      return minutes;
    },
  };
}

/** For example `2026-07-01T11:00:05Z`. */
const iso = (ms: number): string => new Date(ms).toISOString().replace('.000', '');
