import { BatchGetCommand, type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { endedSessionsId, tables } from '#contract/tables.ts';
import type { EndedSessions } from '#core/accounts/ports.ts';
import { UrrError } from '#core/errors.ts';
import { type OnUnreadable, parseEach, parseItem, placeOf } from '../items.ts';
import { calling } from '../translate.ts';

const minuteMs = 60_000;
/** Minutes: an access token lives five, and two more cover clock differences and the current minute. */
const minutesKept = 7;
/** SHA-256 in base64url (functions/auth/end-access.ts). */
const entrySchema = z.object({ ended: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'no hash of a session') });

/**
 * Sessions that have ended while their access tokens are valid: one item per minute in the sessions table, with a set
 * of at most about 15,000 hashes (400 KB). ADD to a set is atomic, so parallel calls and repeats lose nothing.
 */
export function createEndedSessions(
  client: DynamoDBDocumentClient,
  table: string,
  onUnreadable: OnUnreadable,
): EndedSessions {
  /** Parses each session of a minute alone, so an unreadable one hides no other. */
  const entriesOf = (item: Record<string, unknown>) => {
    const { ended } = item;
    const entries = ended instanceof Set || Array.isArray(ended) ? [...ended] : [ended];
    return entries.map((entry: unknown) => ({ entry, item }));
  };
  const toHash = ({ entry, item }: ReturnType<typeof entriesOf>[number]) =>
    parseItem(entrySchema, { ended: entry }, placeOf(table, item, tables.sessions.partitionKey)).ended;

  return {
    async end(sessionHash, nowMs) {
      const minute = Math.floor(nowMs / minuteMs);
      await calling(() =>
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: { [tables.sessions.partitionKey]: endedSessionsId(minute) },
            UpdateExpression: 'ADD ended :session SET expiresAt = :expiresAt',
            ExpressionAttributeValues: {
              ':session': new Set([sessionHash]),
              ':expiresAt': (minute + minutesKept + 1) * 60,
            },
          }),
        ),
      );
    },

    async recent(nowMs) {
      const last = Math.floor(nowMs / minuteMs);
      // One minute ahead, because the writer's clock may be fast.
      const minutes = Array.from({ length: minutesKept + 1 }, (_, back) => last + 1 - back);
      const keys = minutes.map((minute) => ({ [tables.sessions.partitionKey]: endedSessionsId(minute) }));
      const { Responses = {}, UnprocessedKeys = {} } = await calling(() =>
        client.send(new BatchGetCommand({ RequestItems: { [table]: { Keys: keys } } })),
      );
      if (Object.keys(UnprocessedKeys).length > 0)
        throw new UrrError(
          'UNAVAILABLE',
          'the ended sessions could not be read completely; please try again',
          { retryAfterSeconds: 1 },
        );
      return new Set(parseEach((Responses[table] ?? []).flatMap(entriesOf), toHash, onUnreadable));
    },
  };
}
