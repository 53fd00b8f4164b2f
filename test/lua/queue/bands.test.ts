import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLua } from '#adapters/redis/script.ts';
import { queuePollBands } from '#contract/queue-http.ts';
import { bandSeconds } from '#core/line/poll.ts';
import { type RedisServer, startRedis } from '../../support/servers/redis.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

describe('the scripts expect the next poll', () => {
  it.each(['enter', 'heartbeat'])('%s.lua: at exactly the time that its response requests', async (name) => {
    const bands = /local function next_poll_seconds[\s\S]*?\nend\n/.exec(readLua(`queue/${name}`))?.[0];
    const ranks = queuePollBands.flatMap(({ aheadMax }) => {
      const edge: number = aheadMax ?? 10_000_000;
      return [edge - 1, edge, edge + 1];
    });
    const redis = server.client();
    const source = `${bands}\nlocal s = {}\nfor _, r in ipairs(ARGV) do s[#s + 1] = next_poll_seconds(tonumber(r)) end\nreturn s`;
    expect(await redis.eval(source, 0, ...ranks)).toEqual(
      ranks.map((rank) => bandSeconds(queuePollBands, rank)),
    );
  });
});
