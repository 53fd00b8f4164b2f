import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSalesTables } from '../support/sale/tables.ts';
import { startDynamodb, type TestDynamodb } from '../support/servers/dynamodb.ts';
import { type RedisServer, startRedis } from '../support/servers/redis.ts';
import { play } from './sale/play.ts';
import { loadProgram, type Program } from './sale/program.ts';
import { environmentName } from './sale/setting.ts';
import type { Listener } from './sale/simulated-sale.ts';
import type { Input } from './servers/dynamodb.ts';
import type { Item } from './servers/expressions.ts';
import type { MemoryRedis } from './servers/redis.ts';

/**
 * The simulated servers are compared with real ones: all calls of some seeds run also on dynalite and redis-server in
 * the same order, and every response must be equal.
 */
const seeds = [2, 3, 4];
let program: Program;
beforeAll(async () => {
  program = await loadProgram();
});

describe('the simulated DynamoDB', () => {
  let dynamodb: TestDynamodb;
  beforeAll(async () => {
    dynamodb = await startDynamodb();
    await dynamodb.createTables(environmentName);
    await createSalesTables(dynamodb.client, environmentName);
  });
  afterAll(() => dynamodb.stop());

  test('responds to every command as dynalite does', async () => {
    const asked: { readonly name: string; readonly input: Input; readonly answer: unknown }[] = [];
    await play(program, seeds[1] ?? 1, {
      ...deaf,
      onCommand: (name, input, answer) => {
        const outcome = outcomeOf(answer);
        asked.push({
          name,
          input,
          answer: normal('error' in outcome ? failureOf(outcome.error) : outcome.value),
        });
        return answered(outcome);
      },
    });
    expect(asked.length).toBeGreaterThan(200);
    for (const [at, { name, input, answer }] of asked.entries()) {
      const real = await send(name, input).catch(failureOf);
      expect({ at, name, input, answer: normal(real) }).toEqual({ at, name, input, answer });
    }
  });

  const commands = { BatchGetCommand, DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand };
  async function send(name: string, input: Input): Promise<unknown> {
    const Command = commands[name as keyof typeof commands] as unknown as new (input: Input) => PutCommand;
    return dynamodb.documents.send(new Command(input));
  }

  const failureOf = (error: unknown): unknown => {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { refused: true, Item: error.Item === undefined ? undefined : unmarshall(error.Item) };
  };

  /** Items of the same time may come in any order. */
  function normal(answer: unknown): unknown {
    const { Item, Items, Attributes, Responses, LastEvaluatedKey, refused } = answer as Record<
      string,
      unknown
    >;
    const sorted = (items: unknown) =>
      (items as Item[]).map((item) => JSON.stringify(item, keysSorted)).sort();
    return {
      Item,
      Attributes,
      refused,
      isMore: LastEvaluatedKey !== undefined,
      ...(Items === undefined ? {} : { Items: sorted(Items) }),
      ...(Responses === undefined ? {} : { Responses: Object.values(Responses as object).map(sorted) }),
    };
  }
});

describe('the simulated Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = server.client();
  });
  afterAll(() => server.stop());

  test.each(seeds)('runs every script as redis-server does: seed %i', async (seed) => {
    const steps: (() => Promise<void>)[] = [];
    const use = (from: MemoryRedis) => {
      const kept = from.entries();
      steps.push(async () => {
        await redis.flushall();
        for (const [key, value] of kept)
          if (typeof value === 'string') await redis.set(key, value);
          else if (value.length > 0) await redis.hset(key, ...value);
      });
    };
    await play(program, seed, {
      ...deaf,
      onServer: use,
      onScript: (call, answer) => {
        // Keys that have expired by the play's clock are deleted there too.
        const over = call.keys.filter((key) => !call.redis.exists(key));
        const reply = answer();
        const after = call.keys.map((key) => [key, shown(call.redis, key)] as const);
        steps.push(async () => {
          if (over.length > 0) await redis.del(...over);
          await redis.mset(clockKey, call.nowMs, infoKey, `run_id:${call.redis.runId}`);
          const real = await redis.eval(atTime(call.lua), call.keys.length, ...call.keys, ...call.args);
          expect({ call, reply: real }).toEqual({ call, reply });
          for (const [key, fields] of after) expect(await inServer(key)).toEqual(fields);
        });
        return reply;
      },
    });
    expect(steps.length).toBeGreaterThan(50);
    for (const step of steps) await step();
  });

  const clockKey = 'clock';
  const infoKey = 'info';
  /** Returns the script with the play's clock and server name instead of the server's own. */
  const atTime = (lua: string) =>
    lua
      .replace(
        /local function now_ms\(\)\n[\s\S]*?\nend\n/,
        `local function now_ms()\n  return tonumber(redis.call('GET', '${clockKey}'))\nend\n`,
      )
      .replaceAll("redis.call('INFO', 'server')", `redis.call('GET', '${infoKey}')`);
  const shown = (from: MemoryRedis, key: string) =>
    isHash(key) ? Object.fromEntries(from.hash(key)) : undefined;
  const inServer = async (key: string) => (isHash(key) ? redis.hgetall(key) : undefined);
  const isHash = (key: string) => key.endsWith(':seats') || key.endsWith(':sale');
});

const deaf: Listener = {
  onCommand: (_name, _input, answer) => answer(),
  onScript: (_call, answer) => answer(),
  onServer: () => {},
};

type Outcome = { readonly value: unknown } | { readonly error: unknown };

function outcomeOf(work: () => unknown): Outcome {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}

function answered(outcome: Outcome): unknown {
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

const keysSorted = (_name: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
