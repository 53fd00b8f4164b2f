import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The task of one generator process. */
export interface LoadOrder {
  readonly port: number;
  readonly connections: number;
  /** Requests are sent back to back on each connection for this long after the warm-up. */
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Template of a request. `{n}` is replaced by its number, `{header:i}` by a line of `lines`. */
  readonly request: RequestPlan;
}

export interface RequestPlan {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Header lines of request n: `lines[n % lines.length]`. */
  readonly lines: readonly string[];
  /** Line of the first request, so that several processes use different lines. */
  readonly from: number;
  /** Uses each line at most once; the load ends after the last one. */
  readonly isOnce: boolean;
}

const reportSchema = z.object({
  requests: z.int(),
  ok: z.int(),
  seconds: z.number(),
  /** Milliseconds, sorted, thinned to at most 20,000. */
  latenciesMs: z.array(z.number()),
  busyShare: z.number(),
  isUsedUp: z.boolean(),
});
export type LoadReport = z.infer<typeof reportSchema>;

/** Runs each order in a process of its own, all in parallel, and adds up the results. */
export async function runLoad(orders: readonly LoadOrder[]): Promise<LoadReport> {
  const reports = await Promise.all(orders.map(runOne));
  return {
    requests: sum(reports.map(({ requests }) => requests)),
    ok: sum(reports.map(({ ok }) => ok)),
    seconds: Math.max(...reports.map(({ seconds }) => seconds)),
    latenciesMs: reports.flatMap(({ latenciesMs }) => latenciesMs).sort((a, b) => a - b),
    busyShare: Math.max(...reports.map(({ busyShare }) => busyShare)),
    isUsedUp: reports.some(({ isUsedUp }) => isUsedUp),
  };
}

async function runOne(order: LoadOrder): Promise<LoadReport> {
  const child = fork(fileURLToPath(new URL('./load-child.ts', import.meta.url)), [], {
    env: { PATH: process.env.PATH ?? '' },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const exited = once(child, 'exit');
  child.send(order);
  const limit = AbortSignal.timeout(order.warmUpMs + order.measureMs + 60_000);
  const [report]: unknown[] = await once(child, 'message', { signal: limit });
  child.kill('SIGKILL');
  await exited;
  return reportSchema.parse(report);
}

export const perSecond = ({ requests, seconds }: LoadReport): number => requests / seconds;
export const quantileMs = ({ latenciesMs }: LoadReport, share: number): number =>
  latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))] ?? Number.NaN;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
