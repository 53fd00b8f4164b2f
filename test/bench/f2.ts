import { createIdentities } from '../support/access/identities.ts';
import { spin, startTcpProxy } from '../support/http/tcp-proxy.ts';
import { testEvent } from '../support/line/vwr-api.ts';
import { startRedis } from '../support/servers/redis.ts';
import { type Figure, type FigureId, figure } from './figure.ts';
import { type Callers, givenCallers } from './tier-two/callers.ts';
import { type LoadReport, perSecond, quantileMs, runLoad } from './tier-two/load.ts';
import { startBenchServer } from './tier-two/server.ts';

export const figures: readonly FigureId[] = ['F2.plain', 'F2.delayed'];

const connections = 64;
const generators = 2;
const rounds = 5;
const warmUpMs = 700;
const measureMs = 2_000;
const callersCount = 1_000_000;
const delayMs = 1;
const eventId = 'bench';

/** Joins by one script against the six calls of B1: same server, same load, with and without an added delay to Redis. */
export async function run(): Promise<readonly Figure[]> {
  const callers = givenCallers(callersCount);
  return [await compare('F2.plain', 3, 0, callers), await compare('F2.delayed', 4, delayMs, callers)];
}

async function compare(id: FigureId, reach: number, addedMs: number, callers: Callers): Promise<Figure> {
  const redis = await startRedis();
  const proxy = addedMs === 0 ? undefined : await startTcpProxy(redis.port, addedMs, spin());
  const { keys } = await createIdentities();
  const order = {
    redisPort: proxy?.port ?? redis.port,
    event: testEvent({ eventId, threshold: 0 }),
    keys,
    identity: 'given',
  } as const;
  const script = await startBenchServer({ ...order, way: 'script' });
  const six = await startBenchServer({ ...order, way: 'six-calls' });
  const reports = { script: [] as LoadReport[], six: [] as LoadReport[] };
  try {
    for (let round = 0; round < rounds; round += 1) {
      const slice = Math.floor(callers.length / (2 * rounds));
      const ours = (which: 0 | 1) =>
        callers.slice((2 * round + which) * slice, (2 * round + which + 1) * slice);
      reports.script.push(await join(script.port, ours(0)));
      reports.six.push(await join(six.port, ours(1)));
      await redis.client().flushall();
    }
  } finally {
    await Promise.all([script.stop(), six.stop()]);
    await proxy?.stop();
    await redis.stop();
  }
  const ratios = reports.script.map((report, i) => perSecond(report) / perSecond(reports.six[i] ?? report));
  const detail = [
    `join, identity given, ${connections} connections${addedMs === 0 ? '' : `, ${addedMs} ms added to each response of Redis`}: median of ${rounds} ratios (${ratios.map((ratio) => ratio.toFixed(1)).join(' ')})`,
    `one script ${text(reports.script)}; six calls ${text(reports.six)} (B4: 4,320 to 4,345/s, P95 292 ms, P99 576 ms)`,
    `generators at most ${Math.round(Math.max(...reports.script.map(({ busyShare }) => busyShare)) * 100)}% busy`,
  ].join('; ');
  return figure(id, median(ratios), 'x', { atLeast: reach }, detail);
}

const join = (port: number, callers: Callers): Promise<LoadReport> =>
  runLoad(
    Array.from({ length: generators }, (_, i) => {
      const size = Math.floor(callers.length / generators);
      return {
        port,
        connections: connections / generators,
        warmUpMs,
        measureMs,
        request: {
          method: 'POST',
          path: `/api/v1/queue/check/${eventId}`,
          lines: callers.slice(i * size, (i + 1) * size),
          from: 0,
          isOnce: true,
        },
      };
    }),
  );

function text(reports: readonly LoadReport[]): string {
  const best = reports.reduce((a, b) => (perSecond(a) > perSecond(b) ? a : b));
  const ok =
    reports.reduce((sum, report) => sum + report.ok, 0) /
    reports.reduce((sum, report) => sum + report.requests, 0);
  const rates = reports.map((report) => Math.round(perSecond(report)).toLocaleString('en')).join(' ');
  return `${rates} joins/s, P50 ${quantileMs(best, 0.5).toFixed(1)} P95 ${quantileMs(best, 0.95).toFixed(1)} P99 ${quantileMs(best, 0.99).toFixed(1)} ms, ${(ok * 100).toFixed(3)}% ok`;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
