import { BatchGetCommand, type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { endedSessionsId, tables } from '#contract/tables.ts';
import type { EndedSessions } from '#core/accounts/ports.ts';
import { UrrError } from '#core/errors.ts';
import { type OnUnreadable, parseEach, parseItem, placeOf } from '../items.ts';
import { calling } from '../translate.ts';

const minuteMs = 60_000;
/** An access token lives five minutes; two more for clocks that differ and for the minute that has begun. */
const minutesKept = 7;
/** SHA-256 in base64url (functions/auth/end-access.ts). */
const entrySchema = z.object({ ended: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'no hash of a session') });

/**
 * Sessions that ended while their access tokens still live: an item per minute in the sessions table, with a set of at
 * most some 15,000 hashes (400 KB). ADD to a set decides each, so parallel calls and repeats lose nothing.
 */
export function createEndedSessions(
  client: DynamoDBDocumentClient,
  table: string,
  onUnreadable: OnUnreadable,
): EndedSessions {
  /** Sessions of a minute, each alone: one that is bad hides no other. */
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
      // One ahead: the writer's clock may be.
      const minutes = Array.from({ length: minutesKept + 1 }, (_, back) => last + 1 - back);
      const keys = minutes.map((minute) => ({ [tables.sessions.partitionKey]: endedSessionsId(minute) }));
      const { Responses = {}, UnprocessedKeys = {} } = await calling(() =>
        client.send(new BatchGetCommand({ RequestItems: { [table]: { Keys: keys } } })),
      );
      if (Object.keys(UnprocessedKeys).length > 0)
        throw new UrrError('UNAVAILABLE', 'ended sessions are read again', { retryAfterSeconds: 1 });
      return new Set(parseEach((Responses[table] ?? []).flatMap(entriesOf), toHash, onUnreadable));
    },
  };
}
