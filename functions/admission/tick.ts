import type { UrrEvent } from '#contract/event.ts';
import { metrics } from '#contract/metrics.ts';
import { eventState } from '#core/events/state.ts';
import type { Line } from '#core/line/ports.ts';
import { hasQueue, queueLimit } from '#core/queue/limit.ts';
import type { QueueLimit, TickReply } from '#core/queue/ports.ts';
import type { LiveEvents } from '../worker-runtime/live-events.ts';
import { mapBounded } from '../worker-runtime/map-bounded.ts';
import type { AdmissionDeps } from './deps.ts';

/** Lines whose marker was announced; far more than are on sale at once. */
const announcedMax = 5_000;

/** Lines whose clock is remembered; far more than are on sale at once. */
const heardMax = 5_000;

interface Heard {
  readonly redisMs: number;
  readonly atMs: number;
}
type TickerDeps = Pick<
  AdmissionDeps,
  'events' | 'queue' | 'capacity' | 'telemetry' | 'nowMs' | 'ticksAtOnce'
>;
const keyOf = ({ eventId, generation }: Line) => `${eventId}#${generation}`;

/**
 * One tick of every event on sale: admit, publish what tier 2 can take. Every worker does this each tick; that a
 * tick counts once is the script's work, so no worker needs to know of another.
 */
export class Ticker {
  readonly #deps: TickerDeps;
  readonly #events: LiveEvents;
  /** Redis's clock as each line's last answer told it, and ours at that moment. */
  #heard = new Map<string, Heard>();
  /** The same, as it was before the events were last read. */
  #heardBeforeRead: ReadonlyMap<string, Heard> = new Map();
  /** Markers of cold lines that were asked about already. */
  readonly #asked = new Set<string>();

  constructor(deps: TickerDeps, events: LiveEvents) {
    this.#deps = deps;
    this.#events = events;
  }

  /** Never throws: an event whose tick fails is ticked again in the next round, and the others go on (C6.4). */
  async tickAll(): Promise<void> {
    const { telemetry, nowMs } = this.#deps;
    try {
      const heard = new Map(this.#heard);
      const { invalid } = await this.#events.refresh();
      this.#heardBeforeRead = heard;
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
        telemetry.error('tick failed', error, { eventId: event.eventId });
      }
    });
    telemetry.flush();
  }

  /** The last words of a worker that ends: its silence from now on is no loss. Never throws. */
  async sayFarewell(): Promise<void> {
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
    this.#hear(event, reply);
    if (limit !== undefined && reply.totals.limit !== limit.value) await this.#readAgain(event);
    if (reply.totals.nowMs < reply.warmAtMs) await this.#warmUp(event, limit, reply);
    // Someone else had this tick, and speaks for it.
    if (reply.kind === 'had') return;
    if (reply.admitted.length > 0) telemetry.count(metrics.admitted, reply.admitted.length);
    if (reply.kind === 'cold') telemetry.count(metrics.queueCold);
    await this.#publish(event, reply);
  }

  /**
   * The limit as we know it; undefined at first, when neither Redis's clock is known nor what came before our reading.
   * The opening is judged by Redis's clock, which is one for all workers.
   */
  #limitOf(event: UrrEvent, sure?: 'last-write'): QueueLimit | undefined {
    const key = keyOf(event);
    const heard = this.#heard.get(key);
    const before = sure === undefined ? this.#heardBeforeRead.get(key) : heard;
    if (heard === undefined || before === undefined) return undefined;
    const redisMs = heard.redisMs + this.#deps.nowMs() - heard.atMs;
    return {
      ...queueLimit(event, redisMs),
      lookMs: before.redisMs,
      isLastWrite: sure !== undefined,
    };
  }

  #hear(event: UrrEvent, { totals }: TickReply): void {
    if (this.#heard.size > heardMax) this.#heard.clear();
    this.#heard.set(keyOf(event), { redisMs: totals.nowMs, atMs: this.#deps.nowMs() });
  }

  /** Our limit is not the one in force: either we know less than others, or all of them know less than the item says. */
  async #readAgain({ eventId }: UrrEvent): Promise<void> {
    const event = await this.#latest(eventId);
    if (event === undefined) return;
    this.#events.replace(event);
    if (!hasQueue(event, this.#deps.nowMs())) return;
    this.#hear(event, await this.#deps.queue.tick(event, this.#limitOf(event, 'last-write')));
  }

  /** Undefined too while the table is away: the limit in force stays, and the tick counts. */
  async #latest(eventId: string): Promise<UrrEvent | undefined> {
    try {
      return await this.#deps.events.get(eventId, 'latest');
    } catch (error) {
      this.#deps.telemetry.error('an event could not be read again', error, { eventId });
      return undefined;
    }
  }

  /**
   * A line without data: was it lost, or is it new? It is new if no worker has ever spoken of it, and we make sure that
   * one has before anybody can be inside.
   */
  async #warmUp(event: UrrEvent, limit: QueueLimit | undefined, reply: TickReply): Promise<void> {
    if (this.#asked.has(reply.marker)) return;
    const isNew = await this.#deps.capacity.announce(event, this.#deps.nowMs());
    if (this.#asked.size >= announcedMax) this.#asked.clear();
    this.#asked.add(reply.marker);
    if (isNew) await this.#deps.queue.tick(event, limit, reply.marker);
    else this.#deps.telemetry.warn('the line lost its data', { eventId: event.eventId });
  }

  /** Before the opening too it says what will be free: tier 1 holds until then, and calls by it at that very moment. */
  async #publish(event: UrrEvent, { kind, totals, arrived }: TickReply): Promise<void> {
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
