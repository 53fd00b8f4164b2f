import { type HeadRoom, headRoomText } from '../support/generator-meter.ts';
import type { Run } from './drive.ts';
import type { LoadOptions } from './options.ts';

/** The report of one run, as it is printed and as `--report` writes it. */
export interface LoadReport {
  readonly eventId: string;
  readonly url: string;
  readonly durationSeconds: number;
  /** Number of visitors: allowed + queued + errors. */
  readonly total: number;
  readonly allowed: number;
  readonly queued: number;
  readonly errors: number;
  /** Number of each error, by code. */
  readonly errorCodes: Readonly<Record<string, number>>;
  readonly notStarted: number;
  /** Visitors per second of the timetable; null: as fast as responses arrive, `concurrency` at a time. */
  readonly offeredPerSecond: number | null;
  /** Visitors per second with a successful response. */
  readonly throughputPerSecond: number;
  /** Time to the response to a join, in milliseconds. */
  readonly joinMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly headRoom: HeadRoom;
  readonly ok: boolean;
}

export function reportOf(run: Run, options: LoadOptions): LoadReport {
  const joinMs: number[] = [];
  const errorCodes: Record<string, number> = {};
  const counts = { allowed: 0, queued: 0, failed: 0 };
  for (const visit of run.visits) {
    counts[visit.kind] += 1;
    if (visit.kind === 'failed') errorCodes[visit.code] = (errorCodes[visit.code] ?? 0) + 1;
    else joinMs.push(visit.joinMs);
  }
  joinMs.sort((a, b) => a - b);
  const total = run.visits.length;
  const good = counts.allowed + counts.queued;
  return {
    eventId: options.eventId,
    url: options.url,
    durationSeconds: run.durationMs / 1000,
    total,
    allowed: counts.allowed,
    queued: counts.queued,
    errors: counts.failed,
    errorCodes,
    notStarted: run.notStarted,
    offeredPerSecond: options.delayMs === 0 ? null : 1000 / options.delayMs,
    throughputPerSecond: run.joiningMs > 0 ? (good * 1000) / run.joiningMs : 0,
    joinMs: { p50: quantile(joinMs, 0.5), p95: quantile(joinMs, 0.95), p99: quantile(joinMs, 0.99) },
    headRoom: run.headRoom,
    ok: total > 0 && run.notStarted === 0 && counts.failed <= options.errorShareMax * total,
  };
}

/** Returns the nearest rank of a sorted list, or 0 for an empty one. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

export function textOf(report: LoadReport): string {
  const codes = Object.entries(report.errorCodes).map(([code, count]) => `${code} ${count}`);
  const offered =
    report.offeredPerSecond === null ? 'as fast as responses arrive' : `${report.offeredPerSecond}/s offered`;
  return [
    `duration    ${report.durationSeconds.toFixed(1)} s`,
    `total       ${report.total}${report.notStarted > 0 ? ` (${report.notStarted} did not start before the end)` : ''}`,
    `allowed     ${report.allowed}`,
    `queued      ${report.queued}`,
    `errors      ${report.errors}${codes.length > 0 ? ` (${codes.join(', ')})` : ''}`,
    `throughput  ${report.throughputPerSecond.toFixed(1)}/s (${offered})`,
    `join        p50 ${report.joinMs.p50.toFixed(0)} ms, p95 ${report.joinMs.p95.toFixed(0)} ms, p99 ${report.joinMs.p99.toFixed(0)} ms`,
    `            ${headRoomText(report.headRoom)}`,
  ].join('\n');
}
