import { metrics } from '#contract/metrics.ts';
import { SetAside } from '#core/sale/set-aside.ts';
import { endedSessionsEveryMs } from '../worker-runtime/ended-sessions.ts';
import { WorkerLifecycle, type WorkerOptions } from '../worker-runtime/lifecycle.ts';
import { LiveEvents } from '../worker-runtime/live-events.ts';
import { createWorkerServer } from '../worker-runtime/server.ts';
import { Callers } from './callers.ts';
import type { SeatLockDeps } from './deps.ts';
import { addPaymentRoutes } from './payment-routes.ts';
import { reconcileRound } from './reconcile.ts';
import { relaySales } from './relay-sales.ts';
import { repairRound, SoldOutWatch } from './repair.ts';
import { addReservationRoutes } from './reservation-routes.ts';
import { SeatMaps } from './seat-maps.ts';
import { addSeatRoutes } from './seat-routes.ts';
import { sweepRound } from './sweep.ts';
import { addWebhookRoute } from './webhook-route.ts';
import type { WorkerParts } from './worker-parts.ts';

/** The largest body is an order of twenty seats, or a webhook. */
const bodyBytesMax = 16 * 1024;
const refreshMs = 1_000;

/** The seat-lock worker: its routes, and the rounds that any number of workers run in parallel. */
export function createSeatLockWorker(deps: SeatLockDeps, options: WorkerOptions): WorkerLifecycle {
  const events = new LiveEvents(deps.events, deps.nowMs);
  const parts: WorkerParts = {
    deps,
    events,
    callers: new Callers(deps, events),
    maps: new SeatMaps(deps),
  };
  const soldOut = new SoldOutWatch(parts);
  const setAside = { overdue: new SetAside(deps.nowMs), unpublished: new SetAside(deps.nowMs) };
  const { timings } = deps;
  return new WorkerLifecycle(deps, options, {
    makeServer: (health) =>
      createWorkerServer(deps, health, { bodyBytesMax }, (server) => {
        addSeatRoutes(server, parts);
        addReservationRoutes(server, parts);
        addPaymentRoutes(server, parts);
        addWebhookRoute(server, parts);
      }),
    isKnown: () => events.isKnown(),
    rounds: (isStopping) => [
      { everyMs: refreshMs, work: () => refresh(parts) },
      { everyMs: endedSessionsEveryMs, work: () => deps.recentlyEnded.refresh() },
      { everyMs: timings.sweepMs, work: () => sweepRound(deps, setAside.overdue, isStopping) },
      { everyMs: timings.publishMs, work: () => relaySales(deps, setAside.unpublished, isStopping) },
      { everyMs: timings.reconcileMs, work: () => reconcileRound(deps, parts.callers, 'owing') },
      { everyMs: timings.reconcileMs, work: () => reconcileRound(deps, parts.callers, 'undecided') },
      { everyMs: timings.repairMs, work: () => repairRound(parts) },
      { everyMs: timings.soldOutMs, work: () => soldOut.round() },
    ],
  });
}

async function refresh({ deps, events }: WorkerParts): Promise<void> {
  try {
    const { invalid } = await events.refresh();
    if (invalid > 0) deps.telemetry.count(metrics.eventItemInvalid, invalid);
  } catch (error) {
    deps.telemetry.error('events could not be read', error);
  }
}
