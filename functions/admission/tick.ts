import type { UrrEvent } from '#contract/event.ts';
import { metrics } from '#contract/metrics.ts';
import { eventState } from '#core/event-state.ts';
import { hasQueue, queueLimit } from '#core/queue/opening.ts';
import type { QueueLimit, TickReply } from '#core/queue/ports.ts';
import type { LiveEvents } from '../shared/worker/live-events.ts';
import { mapBounded } from '../shared/worker/map-bounded.ts';
import type { AdmissionDeps } from './deps.ts';

/** Ticks under way at once; each is one round trip, so this many keep up with thousands of events. */
const concurrencyMax = 16;
/** Lines whose marker was announced; far more than are on sale at once. */
const announcedMax = 5_000;

/**
 * One tick of every event on sale: admit, publish what tier 2 can take. Every worker does this once a second; that a
 * tick counts once is the script's work, so no worker needs to know of another.
 */
export class Ticker {
  readonly #deps: Pick<AdmissionDeps, 'queue' | 'capacity' | 'telemetry' | 'nowMs'>;
  readonly #events: LiveEvents;
  /** Markers of cold lines that were asked about already. */
  readonly #asked = new Set<string>();

  constructor(deps: Pick<AdmissionDeps, 'queue' | 'capacity' | 'telemetry' | 'nowMs'>, events: LiveEvents) {
    this.#deps = deps;
    this.#events = events;
  }

  /** Never throws: an event whose tick fails is ticked again a second later, and the others go on (C6.4). */
  async tickAll(): Promise<void> {
    const { telemetry, nowMs } = this.#deps;
    try {
      const { invalid } = await this.#events.refresh();
      if (invalid > 0) telemetry.count(metrics.eventItemInvalid, invalid);
    } catch (error) {
      telemetry.error('events could not be read', error);
    }
    const events = this.#events.all().filter((event) => hasQueue(event, nowMs()));
    await mapBounded(events, concurrencyMax, async (event) => {
      try {
        await this.#tick(event);
      } catch (error) {
        telemetry.count(metrics.queueUnavailable);
        telemetry.error('tick failed', error, { eventId: event.eventId });
      }
    });
    telemetry.flush();
  }

  /** The last words of a worker that ends: its silence from now on is no loss. Never throws. */
  async sayFarewell(): Promise<void> {
    await mapBounded(this.#events.all(), concurrencyMax, async (event) => {
      try {
        await this.#deps.queue.farewell(event);
      } catch (error) {
        this.#deps.telemetry.error('farewell failed', error, { eventId: event.eventId });
      }
    });
  }

  async #tick(event: UrrEvent): Promise<void> {
    const { queue, telemetry, nowMs } = this.#deps;
    const limit = queueLimit(event, nowMs());
    const reply = await queue.tick(event, limit);
    if (reply.totals.nowMs < reply.warmAtMs) await this.#warmUp(event, limit, reply);
    // Someone else had this tick, and speaks for it.
    if (reply.kind === 'had') return;
    if (reply.admitted.length > 0) telemetry.count(metrics.admitted, reply.admitted.length);
    if (reply.kind === 'cold') telemetry.count(metrics.queueCold);
    await this.#publish(event, reply);
  }

  /**
   * A line without data: was it lost, or is it new? It is new if no worker has ever spoken of it, and we make sure that
   * one has before anybody can be inside.
   */
  async #warmUp(event: UrrEvent, limit: QueueLimit, reply: TickReply): Promise<void> {
    if (this.#asked.has(reply.marker)) return;
    const isNew = await this.#deps.capacity.announce(event, this.#deps.nowMs());
    if (this.#asked.size >= announcedMax) this.#asked.clear();
    this.#asked.add(reply.marker);
    if (isNew) await this.#deps.queue.tick(event, limit, reply.marker);
    else this.#deps.telemetry.warn('the line lost its data', { eventId: event.eventId });
  }

  async #publish(event: UrrEvent, { kind, totals }: TickReply): Promise<void> {
    const isTaking = kind === 'ticked' && eventState(event, this.#deps.nowMs()) === 'open';
    await this.#deps.capacity.publish(event, {
      free: isTaking ? Math.max(0, (totals.limit ?? 0) - totals.inside) : 0,
      active: totals.inside,
      queued: totals.waiting,
      updatedAtMs: this.#deps.nowMs(),
    });
  }
}
