import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import type { SessionStore } from '#core/accounts/ports.ts';
import { type OnUnreadable, parseEach, parseItem } from '../items.ts';
import { calling } from '../translate.ts';

const sessionItemSchema = z.object({
  seq: z.int().min(1),
  rotatedAtMs: z.int().min(0),
  expiresAtMs: z.int().min(0),
});

/**
 * Sign-in sessions in DynamoDB: one item each, of which two fields change. An item has no token and no personal data.
 */
export function makeSessionStore(
  client: DynamoDBDocumentClient,
  table: string,
  onUnreadable: OnUnreadable,
): SessionStore {
  // The key is the session's id, which must not be logged.
  const toSession = (item: unknown) => parseItem(sessionItemSchema, item, { table, key: 'session …' });

  return {
    create: (sessionId, session) =>
      calling(async () => {
        try {
          await client.send(
            new PutCommand({
              TableName: table,
              Item: { sessionId, ...session, expiresAt: Math.ceil(session.expiresAtMs / 1000) },
              ConditionExpression: 'attribute_not_exists(sessionId)',
            }),
          );
          return true;
        } catch (error) {
          if (error instanceof ConditionalCheckFailedException) return false;
          throw error;
        }
      }),

    rotate: (sessionId, seq, nowMs) =>
      calling(async () => {
        const isThisOne = 'seq = :seq';
        const isAlive = 'expiresAtMs > :now';
        try {
          await client.send(
            new UpdateCommand({
              TableName: table,
              Key: { sessionId },
              UpdateExpression: 'SET seq = :next, rotatedAtMs = :now',
              ConditionExpression: `${isThisOne} AND ${isAlive}`,
              ExpressionAttributeValues: { ':seq': seq, ':next': seq + 1, ':now': nowMs },
            }),
          );
          return { kind: 'rotated' };
        } catch (error) {
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
          const stored = await client.send(
            new GetCommand({ TableName: table, Key: { sessionId }, ConsistentRead: true }),
          );
          const items = stored.Item === undefined ? [] : [stored.Item];
          const [session] = parseEach(items, toSession, onUnreadable);
          return { kind: 'stale', session };
        }
      }),

    end: (sessionId) =>
      calling(async () => {
        await client.send(new DeleteCommand({ TableName: table, Key: { sessionId } }));
      }),
  };
}
