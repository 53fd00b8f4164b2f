import { setTimeout as delay } from 'node:timers/promises';
import { type HeadRoom, startMeter } from '../support/generator-meter.ts';
import { HttpClient } from '../support/http/client.ts';
import { join, type Visit, wait } from '../support/line/visitor.ts';
import type { LoadOptions } from './options.ts';

/** Time-out of a page's request (web/shared/api.ts). */
const pageAnswerMsMax = 10_000;

/** Results of one run. */
export interface Run {
  readonly visits: readonly Visit[];
  /** Visitors that had not started when the run ended. */
  readonly notStarted: number;
  readonly durationMs: number;
  /** Time from the first start to the last response to a join. */
  readonly joiningMs: number;
  readonly headRoom: HeadRoom;
}

/**
 * Sends the visitors. With a delay they start on a fixed timetable, independently of earlier responses, so a slow
 * system shows as waiting and not as a smaller load. `concurrency` limits the open joins.
 */
export async function drive(options: LoadOptions): Promise<Run> {
  // A waiting visitor uses a connection only during a request.
  const client = new HttpClient(options.url, options.concurrency, pageAnswerMsMax);
  const meter = startMeter();
  const startedMs = performance.now();
  const endMs = startedMs + options.durationSeconds * 1000;
  const visits: Visit[] = [];
  let lastJoinMs = startedMs;
  let next = 0;

  const one = async (): Promise<void> => {
    if (options.waitSeconds === 0) {
      visits.push(await join(client, options.eventId));
      lastJoinMs = performance.now();
      return;
    }
    const waiting = wait(client, options.eventId);
    const mostMs = Math.max(0, Math.min(options.waitSeconds * 1000, endMs - performance.now()));
    const timer = new AbortController();
    await Promise.race([waiting.over, delay(mostMs, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
    visits.push(waiting.end());
  };

  const starter = async (): Promise<void> => {
    while (next < options.users && performance.now() < endMs) {
      const dueMs = startedMs + next++ * options.delayMs;
      if (dueMs >= endMs) return;
      const aheadMs = dueMs - performance.now();
      if (aheadMs > 0) await delay(aheadMs);
      await one();
    }
  };
  try {
    // A waiting visitor is not an open join, so the number of waiting visitors is not limited.
    const starters = options.waitSeconds === 0 ? Math.min(options.concurrency, options.users) : options.users;
    await Promise.all(Array.from({ length: starters }, starter));
  } finally {
    client.close();
  }
  return {
    visits,
    notStarted: options.users - visits.length,
    durationMs: performance.now() - startedMs,
    joiningMs: (options.waitSeconds === 0 ? lastJoinMs : performance.now()) - startedMs,
    headRoom: meter(),
  };
}
