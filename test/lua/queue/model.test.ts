import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLua } from '#adapters/redis/script.ts';
import { closeHarnesses, queueHarness } from '../../support/queue/harness.ts';
import { property, propertyPolicy } from '../../support/queue/property.ts';
import { type RedisServer, startRedis } from '../../support/servers/redis.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => {
  closeHarnesses();
  await server.stop();
});

const seed = 20_260_701;

describe('the queue', () => {
  it('has the state of the model after each step, with one place per identity (A9, E4, E5)', async () => {
    const look = server.client();
    await fc.assert(
      property(() => queueHarness(server, look, propertyPolicy)),
      { numRuns: Number(process.env.URR_PROPERTY_RUNS ?? 150), seed },
    );
  });
});

/** Guards of the scripts. Without any one of them the queue differs from the model. */
const guards: readonly { id: string; script: string; from: string; to: string }[] = [
  { id: 'A4 a tick counts once', script: 'admit', from: 'if tick <= last_tick then', to: 'if false then' },
  { id: 'A4 at once keeps to the batch', script: 'enter', from: 'and moved < batch_max', to: '' },
  {
    id: 'A6 the outbox has the admissions',
    script: 'admit',
    from: "redis.call('XADD', KEYS[8], '*', unpack(outbox))",
    to: '',
  },
  {
    id: 'A9 one place per identity',
    script: 'enter',
    from: "'ZADD', KEYS[1], 'NX', score, user",
    to: "'ZADD', KEYS[1], 'CH', score, user",
  },
  {
    id: 'each pass is one arrival',
    script: 'enter',
    from: "redis.call('SADD', KEYS[6], unpack(arrived))",
    to: "redis.call('SADD', KEYS[6], nonce)",
  },
  { id: 'E2 the silent are passed over', script: 'admit', from: 'tonumber(due[i]) >= line_now', to: 'true' },
  {
    id: 'E2 the silent keep their place',
    script: 'admit',
    from: "redis.call('ZADD', KEYS[2], unpack(parked))",
    to: '',
  },
  {
    id: 'E4 the called count',
    script: 'admit',
    from: "redis.call('ZADD', KEYS[4], unpack(actives))",
    to: '',
  },
  {
    id: 'E4 the called count no longer than their time',
    script: 'admit',
    from: 'line_now + claim_ttl_ms',
    to: 'line_now + 2 * claim_ttl_ms',
  },
  {
    id: 'A9 who comes twice in one call',
    script: 'enter',
    from: 'if was_listed[user] then',
    to: 'if false then',
  },
  { id: 'E5 the inside do not queue', script: 'enter', from: "if known ~= '' and", to: 'if false and' },
  { id: 'nobody passes those who wait', script: 'enter', from: 'return waiting == 0 and', to: 'return' },
  { id: 'the limit, at once', script: 'enter', from: 'and inside < limit', to: '' },
  { id: 'the limit, by ticks', script: 'admit', from: 'math.min(budget, limit - inside)', to: 'budget' },
  { id: 'a cold server waits', script: 'admit', from: 'if now < warm_at then wanted = 0 end', to: '' },
  {
    id: 'a cold server lets nobody in at once',
    script: 'enter',
    from: 'and meta[2] and now >= tonumber(meta[2])',
    to: '',
  },
  {
    id: 'an ended visit stays ended',
    script: 'enter',
    from: 'granted_ms(admission_id) <= granted_ms(known_id)',
    to: 'false',
  },
  {
    id: 'an ended visit stays ended, asked',
    script: 'heartbeat',
    from: 'granted_ms(admission_id) <= granted_ms(known_id)',
    to: 'false',
  },
  {
    id: 'a full house is not entered by token',
    script: 'enter',
    from: "'(' .. score) >= unpaused_limit then",
    to: "'(' .. score) >= 99 then",
  },
  {
    id: 'a full house is not entered by token, asked',
    script: 'heartbeat',
    from: "'(' .. score) >= unpaused_limit then",
    to: "'(' .. score) >= 99 then",
  },
  {
    id: 'who came back stands before everyone else',
    script: 'heartbeat',
    from: 'local RETURN_BASE = -4503599627370496',
    to: 'local RETURN_BASE = 4503599627370496',
  },
  {
    id: 'absence counts only while a worker ticks',
    script: 'admit',
    from: "set('heard_gap', tick_gap_max_ms)",
    to: "set('heard_gap', 99999999)",
  },
  {
    id: 'nobody is forgotten while no worker ticks',
    script: 'sweep',
    from: 'line_now - tonumber(ARGV[1])',
    to: 'now_ms() - tonumber(ARGV[1])',
  },
  {
    id: 'visits end',
    script: 'enter',
    from: 'granted_ms(admission_id) + stay_max_ms - (now - line_now)',
    to: 'line_now + active_ttl_ms',
  },
  {
    id: 'who was inside goes to the end',
    script: 'enter',
    from: "score ~= '' and not was_inside",
    to: "score ~= ''",
  },
  {
    id: 'an older limit changes nothing',
    script: 'admit',
    from: '(limit_version == stored_version or is_consistent_read)',
    to: 'true',
  },
  {
    id: 'leave frees the place',
    script: 'leave',
    from: "redis.call('ZREM', KEYS[4], user)",
    to: "(redis.call('ZSCORE', KEYS[4], user) and 1 or 0)",
  },
];

describe('the model finds a queue without its guard:', () => {
  it.each(guards)('$id', async ({ script, from, to }) => {
    // Checked here, because inside the property a missing guard would look like one whose absence was found.
    expect(readLua(`queue/${script}`).split(from), `${from} in ${script}.lua`).toHaveLength(2);
    const look = server.client();
    const mutate = (name: string, source: string) =>
      name === `queue/${script}` ? source.replace(from, to) : source;
    const result = await fc.check(
      property(() => queueHarness(server, look, propertyPolicy, mutate)),
      { numRuns: 2_000, seed, endOnFailure: true },
    );
    expect(result.failed).toBe(true);
    expect(String(result.errorInstance)).toContain('AssertionError');
  });
});
