import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createEndedSessions } from '#adapters/dynamodb/accounts/ended-sessions.ts';
import { makeSessionStore } from '#adapters/dynamodb/accounts/session-store.ts';
import { endedSessionsId, tableName } from '#contract/tables.ts';
import { sha256 } from '#core/access/subject.ts';
import type { UnreadableItemError } from '#core/errors.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';

const name = `bad-${randomUUID().slice(0, 8)}`;
const table = tableName(name, 'sessions');
const minuteMs = 60_000;
const nowMs = 1_800_000_000_000;
const minute = nowMs / minuteMs;
const reported: UnreadableItemError[] = [];
let dynamodb: TestDynamodb;

beforeAll(async () => {
  dynamodb = await startDynamodb();
  await dynamodb.createTables(name);
});
afterAll(() => dynamodb.stop());
beforeEach(() => void reported.splice(0));

const onUnreadable = (error: UnreadableItemError) => void reported.push(error);
const endedSessions = () => createEndedSessions(dynamodb.documents, table, onUnreadable);
const put = (item: Record<string, unknown>) =>
  dynamodb.documents.send(new PutCommand({ TableName: table, Item: item }));
const [first, second, third] = ['first', 'second', 'third'].map(sha256) as [string, string, string];

test('an unreadable minute of ended sessions is reported, and the other minutes are read', async () => {
  await endedSessions().end(first, nowMs);
  for (const [back, ended] of ['no hash', 7, { S: second }, undefined].entries())
    await put({ sessionId: endedSessionsId(minute - 1 - back), ended });
  expect(await endedSessions().recent(nowMs)).toEqual(new Set([first]));
  expect(reported.map(({ key }) => key).sort()).toEqual(
    [1, 2, 3, 4].map((back) => endedSessionsId(minute - back)).sort(),
  );
  expect(reported.every((error) => error.table === table)).toBe(true);
});

test('an unreadable ended session is reported, and hides no other of its minute', async () => {
  const aheadMs = 60 * minuteMs;
  const bad = endedSessionsId(minute + 60);
  await put({ sessionId: bad, ended: [first, 7, `${second}=`, third] });
  await put({ sessionId: endedSessionsId(minute + 59), ended: new Set([second, 'no hash']) });
  expect(await endedSessions().recent(nowMs + aheadMs)).toEqual(new Set([first, second, third]));
  expect(reported.map(({ key }) => key).sort()).toEqual([endedSessionsId(minute + 59), bad, bad].sort());
  expect(reported.map(({ problems }) => problems.join())).toEqual(
    reported.map(() => expect.stringMatching(/^ended: /)),
  );
});

test('an unreadable sign-in session counts as ended and is reported without its id', async () => {
  const sessionId = randomUUID();
  await put({ sessionId, seq: '1', rotatedAtMs: 0, expiresAtMs: nowMs + 1 });
  const sessions = makeSessionStore(dynamodb.documents, table, onUnreadable);
  expect(await sessions.rotate(sessionId, 1, nowMs)).toEqual({ kind: 'stale', session: undefined });
  expect(reported).toHaveLength(1);
  expect(reported[0]?.problems).toEqual([expect.stringMatching(/^seq: /)]);
  expect(JSON.stringify(reported[0])).not.toContain(sessionId);
  expect(await sessions.rotate(randomUUID(), 1, nowMs)).toEqual({ kind: 'stale', session: undefined });
  expect(reported).toHaveLength(1);
});
