import type { UrrEvent } from '#contract/event.ts';
import { metrics } from '#contract/metrics.ts';
import { eventState } from '#core/events/state.ts';
import type { Line } from '#core/line/ports.ts';
import { mapBounded } from '#core/map-bounded.ts';
import { hasQueue, queueLimit } from '#core/queue/limit.ts';
import type { QueueLimit, TickReply } from '#core/queue/ports.ts';
import type { LiveEvents } from '../worker-runtime/live-events.ts';
import type { AdmissionDeps } from './deps.ts';

/** Most lines whose marker is remembered as stored: far more than are on sale at once. */
const markersMax = 5_000;

/** Most lines whose clock is remembered: far more than are on sale at once. */
const clocksMax = 5_000;

interface ClockReading {
  readonly redisMs: number;
  readonly atMs: number;
}
type TickerDeps = Pick<
  AdmissionDeps,
  'events' | 'queue' | 'capacity' | 'telemetry' | 'nowMs' | 'ticksAtOnce'
>;
const keyOf = ({ eventId, generation }: Line) => `${eventId}#${generation}`;

/**
 * One tick of every event on sale: admits visitors and publishes the queue's capacity. Every worker runs every tick; the
 * script counts a tick once, so workers need no coordination.
 */
export class Ticker {
  readonly #deps: TickerDeps;
  readonly #events: LiveEvents;
  /** Redis's clock in each line's last reply, and this process's clock at that moment. */
  #clocks = new Map<string, ClockReading>();
  /** The same, before the last read of the events. */
  #clocksBeforeRead: ReadonlyMap<string, ClockReading> = new Map();
  /** Markers of cold lines that are already stored. */
  readonly #storedMarkers = new Set<string>();

  constructor(deps: TickerDeps, events: LiveEvents) {
    this.#deps = deps;
    this.#events = events;
  }

  /** Never throws: an event whose tick fails is ticked again in the next round, and other events are not affected (C6.4). */
  async tickAll(): Promise<void> {
    const { telemetry, nowMs } = this.#deps;
    try {
      const clocks = new Map(this.#clocks);
      const { invalid } = await this.#events.refresh();
      this.#clocksBeforeRead = clocks;
      if (invalid > 0) telemetry.count(metrics.eventItemInvalid, invalid);
    } catch (error) {
      telemetry.error('events could not be read', error);
    }
    const events = this.#events.all().filter((event) => hasQueue(event, nowMs()));
    await mapBounded(events, this.#deps.ticksAtOnce, async (event) => {
      try {
        await this.#tick(event);
      } catch (error) {
        telemetry.count(metrics.queueUnavailable);
        telemetry.error('tick failed; the next round repeats it', error, { eventId: event.eventId });
      }
    });
    telemetry.flush();
  }

  /** Marks this worker as drained, so that its missing ticks do not count as a lost worker. Never throws. */
  async drain(): Promise<void> {
    await mapBounded(this.#events.all(), this.#deps.ticksAtOnce, async (event) => {
      try {
        await this.#deps.queue.drainWorker(event);
      } catch (error) {
        this.#deps.telemetry.error('drainWorker failed', error, { eventId: event.eventId });
      }
    });
  }

  async #tick(event: UrrEvent): Promise<void> {
    const { queue, telemetry } = this.#deps;
    const limit = this.#limitOf(event);
    const reply = await queue.tick(event, limit);
    this.#readClock(event, reply);
    if (limit !== undefined && reply.totals.limit !== limit.value) await this.#readAgain(event);
    if (reply.totals.nowMs < reply.warmAtMs) await this.#warmUp(event, limit, reply);
    // Another worker ran this tick, and publishes its result.
    if (reply.kind === 'already-ran') return;
    if (reply.admitted.length > 0) telemetry.count(metrics.admitted, reply.admitted.length);
    if (reply.kind === 'cold') telemetry.count(metrics.queueCold);
    await this.#publishCapacity(event, reply);
  }

  /**
   * Returns the limit that this worker last read; undefined until Redis's clock is known from before and after that read.
   * The opening is compared with Redis's clock, which is the same for all workers.
   */
  #limitOf(event: UrrEvent, read?: 'consistent'): QueueLimit | undefined {
    const key = keyOf(event);
    const clock = this.#clocks.get(key);
    const before = read === undefined ? this.#clocksBeforeRead.get(key) : clock;
    if (clock === undefined || before === undefined) return undefined;
    const redisMs = clock.redisMs + this.#deps.nowMs() - clock.atMs;
    return {
      ...queueLimit(event, redisMs),
      readAfterMs: before.redisMs,
      isConsistentRead: read !== undefined,
    };
  }

  #readClock(event: UrrEvent, { totals }: TickReply): void {
    if (this.#clocks.size > clocksMax) this.#clocks.clear();
    this.#clocks.set(keyOf(event), { redisMs: totals.nowMs, atMs: this.#deps.nowMs() });
  }

  /** Reads the event again when the limit in force differs from this worker's: one of the two is out of date. */
  async #readAgain({ eventId }: UrrEvent): Promise<void> {
    const event = await this.#latest(eventId);
    if (event === undefined) return;
    this.#events.replace(event);
    if (!hasQueue(event, this.#deps.nowMs())) return;
    this.#readClock(event, await this.#deps.queue.tick(event, this.#limitOf(event, 'consistent')));
  }

  /** Returns undefined also while the table is unavailable: the limit in force stays, and the tick counts. */
  async #latest(eventId: string): Promise<UrrEvent | undefined> {
    try {
      return await this.#deps.events.get(eventId, 'latest');
    } catch (error) {
      this.#deps.telemetry.error('an event could not be read again; its limit stays', error, { eventId });
      return undefined;
    }
  }

  /**
   * Decides whether a line without data is new or has lost its data. It is new if no worker has stored its marker yet; the
   * marker is stored before the first admission.
   */
  async #warmUp(event: UrrEvent, limit: QueueLimit | undefined, reply: TickReply): Promise<void> {
    if (this.#storedMarkers.has(reply.marker)) return;
    const isNew = await this.#deps.capacity.announce(event, this.#deps.nowMs());
    if (this.#storedMarkers.size >= markersMax) this.#storedMarkers.clear();
    this.#storedMarkers.add(reply.marker);
    if (isNew) await this.#deps.queue.tick(event, limit, reply.marker);
    else
      this.#deps.telemetry.warn('the queue lost its data in Redis; it is rebuilt from polls', {
        eventId: event.eventId,
      });
  }

  /** Publishes the capacity also before the opening: the line waits until then, and uses it for the first call. */
  async #publishCapacity(event: UrrEvent, { kind, totals, arrived }: TickReply): Promise<void> {
    const state = eventState(event, totals.nowMs);
    const isTaking = kind === 'ticked' && (state === 'open' || state === 'upcoming');
    const limit = state === 'upcoming' ? event.threshold : (totals.limit ?? 0);
    await this.#deps.capacity.publish(event, {
      free: isTaking ? Math.max(0, limit - totals.inside) : 0,
      arrived,
      active: totals.inside,
      queued: totals.waiting,
      updatedAtMs: this.#deps.nowMs(),
    });
  }
}
