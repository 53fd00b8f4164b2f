import { endedSessionsEveryMs } from '../worker-runtime/ended-sessions.ts';
import { type Round, WorkerLifecycle, type WorkerOptions } from '../worker-runtime/lifecycle.ts';
import { LiveEvents } from '../worker-runtime/live-events.ts';
import type { AdmissionDeps } from './deps.ts';
import { AdmissionRelay } from './relay-admissions.ts';
import { createServer } from './server.ts';
import { sweepAll } from './sweep.ts';
import { Ticker } from './tick.ts';

/** Short enough that statistics follow within a second, at a negligible load on Redis. */
const relayEveryMs = 500;
const sweepEveryMs = 30_000;

/** The admission worker. It is live while it ticks, and ready once it has read the events. */
export class AdmissionWorker extends WorkerLifecycle {
  constructor(deps: AdmissionDeps, options: WorkerOptions) {
    const events = new LiveEvents(deps.events, deps.nowMs);
    const ticker = new Ticker(deps, events);
    const relay = new AdmissionRelay(deps, events);
    super(deps, options, {
      makeServer: (health) => createServer(deps, events, health),
      isKnown: () => events.isKnown(),
      drainWorker: () => ticker.drain(),
      rounds: (isStopping) => [
        tickRound(deps, ticker),
        { everyMs: relayEveryMs, work: () => relay.relayAdmissions(isStopping) },
        { everyMs: sweepEveryMs, work: () => sweepAll(deps, events) },
        { everyMs: endedSessionsEveryMs, work: () => deps.recentlyEnded.refresh() },
      ],
    });
  }
}

export const tickRound = (
  { tickMs }: Pick<AdmissionDeps, 'tickMs'>,
  ticker: Pick<Ticker, 'tickAll'>,
): Round => ({ everyMs: tickMs, work: () => ticker.tickAll() });
