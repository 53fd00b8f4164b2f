import { quantile } from '../simulation/closed-loop.ts';
import { flows } from '../simulation/flows.ts';
import { type FlowPlan, type FlowSeen, simulateFlow } from '../simulation/two-lines.ts';
import { closeHarnesses } from '../support/queue/harness.ts';
import { startRedis } from '../support/servers/redis.ts';
import { type Figure, figure } from './figure.ts';

export const figures = [
  'F10.wait',
  'F10.used',
  'F10.wait-between',
  'F10.used-between',
  'F10.coverage',
  'F10.in-range',
  'F10.width',
  'F10.jumps',
] as const;

/** Runs per flow, because a small sale's figures vary. */
const seeds = 5;

interface Played {
  readonly plan: FlowPlan;
  readonly runs: readonly FlowSeen[];
}

const mean = ({ runs }: Played, of: (seen: FlowSeen) => number): number =>
  runs.reduce((sum, seen) => sum + of(seen), 0) / runs.length;
const secondWait = (played: Played) => mean(played, ({ waits }) => quantile(waits, 0.95));
const used = (played: Played) => mean(played, (seen) => seen.used);

/** F10: sales through line and queue in virtual time, by the real rules and scripts (test/simulation/two-lines.ts). */
export async function run(): Promise<Figure[]> {
  const server = await startRedis();
  const played: Played[] = [];
  try {
    for (const plan of flows) {
      const runs: FlowSeen[] = [];
      for (let seed = 0; seed < seeds; seed += 1)
        runs.push(await simulateFlow(server, server.client(), { ...plan, seed: plan.seed + seed }));
      played.push({ plan, runs });
      console.error(`  ${textOf({ plan, runs })}`);
    }
  } finally {
    closeHarnesses();
    await server.stop();
  }
  const between = played.filter(({ plan }) => plan.signsIn === 'between');
  const usual = played.filter(({ plan }) => plan.signsIn !== 'between');
  const all = usual.flatMap(({ runs }) => runs);
  const polls = all.reduce((sum, seen) => sum + seen.polls, 0);
  const share = (of: (seen: FlowSeen) => number) =>
    all.reduce((sum, seen) => sum + of(seen) * seen.polls, 0) / polls;
  const widths = all.flatMap(({ widths }) => widths).sort((a, b) => a - b);
  const worst = (group: readonly Played[], of: (one: Played) => number, pick: (...n: number[]) => number) =>
    pick(...group.map(of));
  const simulated = `simulated: 30% no-shows, sign-in 45 s on average, ${seeds} runs of each flow, the worst flow`;
  const withEstimate = `with an estimate, of ${polls.toLocaleString('en')} responses to visitors in line from the first minute on`;
  return [
    figure(
      'F10.wait',
      worst(usual, secondWait, Math.max),
      's',
      { atMost: 30 },
      `second wait, p95, where visitors sign in while they wait or before; ${simulated}`,
    ),
    figure(
      'F10.used',
      worst(usual, used, Math.min),
      'of the limit',
      { atLeast: 0.9 },
      'used while people wait',
    ),
    figure(
      'F10.wait-between',
      worst(between, secondWait, Math.max),
      's',
      'stated',
      'second wait, p95, of visitors who sign in only after the call',
    ),
    figure('F10.used-between', worst(between, used, Math.min), 'of the limit', 'stated', 'likewise'),
    figure(
      'F10.coverage',
      share(({ coverage }) => coverage),
      'of responses',
      { atLeast: 0.95 },
      withEstimate,
    ),
    figure(
      'F10.in-range',
      share(({ inRange }) => inRange),
      'of estimates',
      { atLeast: 0.85 },
      'whose range contains the end of the wait',
    ),
    figure('F10.width', quantile(widths, 0.5), 'of the middle', { atMost: 0.6 }, 'width of the range, p50'),
    figure(
      'F10.jumps',
      played.flatMap(({ runs }) => runs).reduce((sum, seen) => sum + seen.jumps, 0) / polls,
      'of responses',
      { atMost: 0 },
      'whose middle is a quarter above the last although nothing changed, sign-in after the call included',
    ),
  ];
}

const textOf = (played: Played): string =>
  `${played.plan.name}: second wait p95 ${secondWait(played).toFixed(0)} s, ${(used(played) * 100).toFixed(0)}% used, estimates in ${(mean(played, (seen) => seen.coverage) * 100).toFixed(0)}% of polls, ${(mean(played, (seen) => seen.inRange) * 100).toFixed(0)}% in range, width ${mean(played, (seen) => quantile(seen.widths, 0.5)).toFixed(2)}`;
