import { createIdentities } from '../support/access/identities.ts';
import { testEvent } from '../support/line/vwr-api.ts';
import { startRedis } from '../support/servers/redis.ts';
import { type Figure, type FigureId, figure } from './figure.ts';
import { type Callers, givenCallers, tokenCallers } from './tier-two/callers.ts';
import { type LoadReport, perSecond, quantileMs, type RequestPlan, runLoad } from './tier-two/load.ts';
import { type BenchServer, startBenchServer } from './tier-two/server.ts';

export const figures: readonly FigureId[] = [
  'F1.join.given',
  'F1.status.given',
  'F1.join.tokens',
  'F1.status.tokens',
  'F1.join.first',
];

const connections = 64;
const generators = 2;
const warmUpMs = 1_000;
const measureMs = 2_000;
/** The machine's speed varies over seconds, so every rate is measured this often, next to its comparison. */
const rounds = 5;
const givenCount = 1_000_000;
/** Enough tokens that each stays below the rate limit, at some hundred requests per minute. */
const tokensCount = 12_000;
const eventId = 'bench';

/** The worker over HTTP, against its own empty route: the cost of the queue beyond the cost of a response. */
export async function run(): Promise<readonly Figure[]> {
  const redis = await startRedis();
  const identities = await createIdentities();
  try {
    const order = {
      redisPort: redis.port,
      event: testEvent({ eventId, threshold: 0 }),
      keys: identities.keys,
    };
    const given = await startBenchServer({ ...order, identity: 'given' });
    const strangers = givenCallers(givenCount);
    const withGiven = await measure(given, (round) => part(strangers, round, rounds));
    await given.stop();
    await redis.client().flushall();
    const tokens = await startBenchServer({ ...order, identity: 'tokens' });
    const people = await tokenCallers(identities, eventId, tokensCount);
    const first = await load(tokens, people, 'POST', checkPath, {
      isOnce: true,
      warmUpMs: 0,
      measureMs: 60_000,
    });
    const withTokens = await measure(tokens, () => people);
    await tokens.stop();
    return [
      toFigure('F1.join.given', withGiven.join, 0.75, 'join of new visitors, identity given'),
      toFigure('F1.status.given', withGiven.status, 0.75, 'status with identity given'),
      toFigure(
        'F1.join.tokens',
        withTokens.join,
        0.35,
        'first or repeated join with real tokens, verified before',
      ),
      toFigure('F1.status.tokens', withTokens.status, 0.65, 'status with real tokens, verified before'),
      firstFigure(first),
    ];
  } finally {
    await redis.stop();
  }
}

interface Pair {
  readonly route: LoadReport[];
  readonly nothing: LoadReport[];
}

const checkPath = `/api/v1/queue/check/${eventId}`;
const statusPath = `/api/v1/queue/status/${eventId}`;

/** Measures each route in turn with the empty route, repeatedly. */
async function measure(server: BenchServer, callersOf: (round: number) => Callers) {
  const join: Pair = { route: [], nothing: [] };
  const status: Pair = { route: [], nothing: [] };
  for (let round = 0; round < rounds; round += 1) {
    const callers = callersOf(round);
    join.nothing.push(await load(server, callers, 'GET', '/health'));
    join.route.push(await load(server, callers, 'POST', checkPath));
    status.nothing.push(await load(server, callers, 'GET', '/health'));
    status.route.push(await load(server, callers, 'GET', statusPath));
  }
  return { join, status };
}

const load = (
  { port }: BenchServer,
  callers: Callers,
  method: RequestPlan['method'],
  path: string,
  more: { readonly isOnce?: boolean; readonly warmUpMs?: number; readonly measureMs?: number } = {},
): Promise<LoadReport> =>
  runLoad(
    Array.from({ length: generators }, (_, i) => ({
      port,
      connections: connections / generators,
      warmUpMs: more.warmUpMs ?? warmUpMs,
      measureMs: more.measureMs ?? measureMs,
      request: { method, path, isOnce: more.isOnce ?? false, from: 0, lines: part(callers, i, generators) },
    })),
  );

const part = (callers: Callers, i: number, parts: number): string[] => {
  const size = Math.floor(callers.length / parts);
  return callers.slice(i * size, (i + 1) * size);
};

/** The cost of a first visit: two signatures are verified before the join. */
const firstFigure = (report: LoadReport): Figure =>
  figure(
    'F1.join.first',
    perSecond(report),
    'joins/s',
    'stated',
    `joins of ${report.requests.toLocaleString('en')} visitors whose access token (RS256) and pass (ES256) are verified for the first time, one worker process; P95 ${quantileMs(report, 0.95).toFixed(1)} ms`,
  );

function toFigure(id: FigureId, { route, nothing }: Pair, reach: number, what: string): Figure {
  const ratios = route.map((report, i) => perSecond(report) / perSecond(nothing[i] ?? report));
  const best = route.reduce((a, b) => (perSecond(a) > perSecond(b) ? a : b));
  const requests = route.reduce((sum, report) => sum + report.requests, 0);
  const ok = route.reduce((sum, report) => sum + report.ok, 0);
  const rate = (report: LoadReport) => `${Math.round(perSecond(report)).toLocaleString('en')}/s`;
  const detail = [
    `${what}, one worker process, one Redis, ${connections} connections: median of ${rounds} ratios to the same server's no-op route with the same headers (${ratios.map((ratio) => ratio.toFixed(2)).join(' ')})`,
    `rates ${route.map(rate).join(' ')} against ${nothing.map(rate).join(' ')}`,
    `P50 ${quantileMs(best, 0.5).toFixed(1)} ms, P95 ${quantileMs(best, 0.95).toFixed(1)} ms, P99 ${quantileMs(best, 0.99).toFixed(1)} ms (B4: 292 ms, 576 ms)`,
    `${((ok / requests) * 100).toFixed(3)}% of ${requests.toLocaleString('en')} answered 200 (B4: 98.34% of 4,345/s)`,
    `closed loop, ${generators} generator processes at most ${Math.round(Math.max(...route.map(({ busyShare }) => busyShare)) * 100)}% busy, so not the limit`,
  ].join('; ');
  return figure(id, median(ratios), 'x', { atLeast: reach }, detail);
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
