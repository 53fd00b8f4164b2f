import { availableParallelism } from 'node:os';
import { Redis } from 'ioredis';
import { holdScriptKeys } from '#adapters/redis/holds.ts';
import { readLua } from '#adapters/redis/script.ts';
import { saleKeys } from '#contract/sale-keys.ts';
import { startRedis } from '../support/servers/redis.ts';
import { type Figure, figure } from './figure.ts';
import { measureSeatMap, seatMapFigures } from './seat-map.ts';

export const figures = ['F4', 'F4.twice', ...seatMapFigures] as const;

const seatsPerHold = 4;
const holdCount = 200_000;
/** Two holds contend for each group of seats. */
const groupCount = holdCount / 2;
const pipelineLength = 500;

export async function run(): Promise<readonly Figure[]> {
  return [...(await measureHolds()), ...(await measureSeatMap())];
}

/**
 * F4: holds of four seats, pipelined, on one Redis core. The measure is the CPU time of Redis's main thread, reading
 * and replying included, because the one Node client limits the wall time, which is reported too.
 */
async function measureHolds(): Promise<readonly Figure[]> {
  const server = await startRedis();
  const client = new Redis({ host: server.host, port: server.port });
  try {
    const keys = Object.values(holdScriptKeys.hold).map((key) => saleKeys('bench')[key]);
    const sha = String(await client.script('LOAD', readLua('sale/hold')));
    const endMs = Date.now() + 300_000;
    const warm = (epoch: string) =>
      client.evalsha(sha, keys.length, ...keys, epoch, endMs, 'warm', 'warm', 5, 600_000, 'Z-1-1');
    const asked = await warm('');
    const first = await warm(`1:${Array.isArray(asked) ? asked[2] : ''}`);
    if (!Array.isArray(first) || first[0] !== 0) throw new Error('the first hold was refused');

    const cpuBefore = await mainThreadSeconds(client);
    let heldCount = 0;
    const startedMs = performance.now();
    for (let from = 0; from < holdCount; from += pipelineLength) {
      const pipeline = client.pipeline();
      for (let index = from; index < from + pipelineLength; index++) {
        const group = index % groupCount;
        const seats = Array.from({ length: seatsPerHold }, (_, seat) => `A-${group}-${seat + 1}`);
        pipeline.evalsha(
          sha,
          keys.length,
          ...keys,
          '',
          endMs,
          `r${index}`,
          `u${index}`,
          5,
          600_000,
          ...seats,
        );
      }
      for (const [error, reply] of (await pipeline.exec()) ?? []) {
        if (error !== null) throw error;
        if (Array.isArray(reply) && reply[0] === 0) heldCount++;
      }
    }
    const wallSeconds = (performance.now() - startedMs) / 1000;
    const cpuSeconds = (await mainThreadSeconds(client)) - cpuBefore;
    const twice = await seatsHeldTwice(client);
    const perSecond = holdCount / cpuSeconds;
    const detail =
      `holds of ${seatsPerHold} seats per second of one Redis core, every group of seats contended once; ` +
      `${holdCount} offered, ${heldCount} held, ${holdCount - heldCount} refused; wall clock of the one client ` +
      `${Math.round(holdCount / wallSeconds)}/s; pipelines of ${pipelineLength}; ${availableParallelism()} cores`;
    return [
      figure('F4', Math.round(perSecond), 'holds/s', { atLeast: 60_000 }, detail),
      figure(
        'F4.twice',
        twice + Math.abs(heldCount - groupCount),
        'seats',
        { atMost: 0 },
        'seats held twice or lost',
      ),
    ];
  } finally {
    client.disconnect();
    await server.stop();
  }
}

/** Returns the number of groups of seats with more than one reservation. */
async function seatsHeldTwice(client: Redis): Promise<number> {
  let twice = 0;
  for (let group = 0; group < groupCount; group += 97) {
    const seats = Array.from({ length: seatsPerHold }, (_, seat) => `A-${group}-${seat + 1}`);
    const values = await client.hmget(saleKeys('bench').seats, ...seats);
    if (new Set(values).size !== 1 || values[0] === null) twice++;
  }
  return twice;
}

async function mainThreadSeconds(client: Redis): Promise<number> {
  const info = await client.info('cpu');
  const seconds = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1]);
  return seconds('used_cpu_user_main_thread') + seconds('used_cpu_sys_main_thread');
}
