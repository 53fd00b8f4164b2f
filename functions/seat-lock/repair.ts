import { metrics } from '#contract/metrics.ts';
import { UrrError } from '#core/errors.ts';
import { mapBounded } from '#core/map-bounded.ts';
import { repairSeatHints } from '#core/sale/seat-hints.ts';
import { countSold, decideSoldOut } from '#core/sale/sold-out.ts';
import type { WorkerParts } from './worker-parts.ts';

const concurrencyMax = 4;
/** A count reads all reservations that own seats. While Redis and the event keep disagreeing, counts become rarer. */
const countAgainMs = 2_000;
const countAgainMsMax = 5 * 60_000;

/** Runs `work` for every event on sale that has seats. Never throws. */
async function forEachSale(
  { events, maps, deps }: WorkerParts,
  what: string,
  work: (eventId: string) => Promise<void>,
): Promise<void> {
  await mapBounded(events.all(), concurrencyMax, async ({ eventId }) => {
    try {
      await maps.index(eventId);
    } catch (error) {
      // An event without a layout sells its seats elsewhere.
      if (error instanceof UrrError && error.code === 'NOT_FOUND') return;
    }
    try {
      await work(eventId);
    } catch (error) {
      deps.telemetry.count(metrics.seatsUnavailable);
      deps.telemetry.error(what, error, { eventId });
    }
  });
  deps.telemetry.flush();
}

/** Compares Redis's seats with DynamoDB, once per minute and event over all workers. */
export function repairRound(parts: WorkerParts): Promise<void> {
  const { deps, maps } = parts;
  const { holds, reservations, seats, workerId, nowMs } = deps;
  return forEachSale(
    parts,
    'Redis could not be compared with DynamoDB; the next round repeats it',
    async (eventId) => {
      const { seatIds } = await maps.index(eventId);
      const corrected = await repairSeatHints(
        { clock: { nowMs }, hints: holds, reservations, seats, workerId },
        eventId,
        seatIds,
      );
      if (corrected !== undefined && corrected > 0)
        deps.telemetry.warn('wrong seats in Redis were corrected', { eventId, corrected });
    },
  );
}

/**
 * Sets the event's sold-out mark, which stops the line and informs the visitors in it, and removes the mark when a refund
 * releases seats. Redis shows cheaply when a count is due; the count itself reads DynamoDB.
 */
export class SoldOutWatch {
  readonly #parts: WorkerParts;
  /** The view of the last count, and the time of the next count of an unchanged view: the index may lag behind. */
  readonly #counted = new Map<
    string,
    { readonly seen: string; readonly waitMs: number; readonly againAtMs: number }
  >();

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  round(): Promise<void> {
    return forEachSale(
      this.#parts,
      'the sold-out mark could not be checked; the next round repeats it',
      (eventId) => this.#judge(eventId),
    );
  }

  async #judge(eventId: string): Promise<void> {
    const { deps, events, maps } = this.#parts;
    const event = await events.get(eventId);
    const { isFull: looksFull, etag } = await maps.fullness(eventId);
    const seen = `${etag} ${event.isSoldOut}`;
    const last = this.#counted.get(eventId);
    const isSame = last?.seen === seen;
    if (looksFull === event.isSoldOut || (isSame && deps.nowMs() < last.againAtMs)) return;
    const waitMs = isSame ? Math.min(2 * last.waitMs, countAgainMsMax) : countAgainMs;
    this.#counted.set(eventId, { seen, waitMs, againAtMs: deps.nowMs() + waitMs });
    const index = await maps.index(eventId);
    const sold = await countSold(deps, eventId, index.seatIds);
    const isMarkedByUrr = await deps.sales.hasSoldOutMark(eventId);
    const { isSoldOut } = event;
    const decision = decideSoldOut({ isSoldOut, isMarkedByUrr, seats: index.seatIds.length, sold });
    if (decision === 'set') {
      // This worker's own mark comes first: after a crash between the two writes the next round removes or uses it.
      await deps.sales.setSoldOutMark(eventId, true);
      events.replace(await deps.events.update(eventId, { isSoldOut: true }, event.updatedAt));
    } else if (decision === 'clear') {
      events.replace(await deps.events.update(eventId, { isSoldOut: false }, event.updatedAt));
      await deps.sales.setSoldOutMark(eventId, false);
    } else if (decision === 'drop-mark') await deps.sales.setSoldOutMark(eventId, false);
    if (decision === 'set' || decision === 'clear')
      deps.telemetry.info(`sold out: ${decision}`, { eventId, sold });
  }
}
