import { eventIdPattern, type UrrEvent } from '#contract/event.ts';
import { UrrError } from '#core/errors.ts';
import type { EventStore } from '#core/events/ports.ts';

/** An organizer's change takes effect within this time. */
const refreshMs = 1_000;
/** While the table is unavailable, the last list is used for this long. */
const staleMsMax = 5 * 60_000;
/** Most remembered events that are not on sale, because a client can invent ids. */
const othersMax = 1_000;

/**
 * The events on sale, read once per second for all requests, so no request reads the table. Another event is read on
 * request, at most once per second.
 */
export class LiveEvents {
  readonly #store: Pick<EventStore, 'get' | 'listLive'>;
  readonly #nowMs: () => number;
  #live = new Map<string, UrrEvent>();
  #readAtMs = Number.NEGATIVE_INFINITY;
  #others = new Map<string, { readonly event: Promise<UrrEvent | undefined>; readonly atMs: number }>();

  constructor(store: Pick<EventStore, 'get' | 'listLive'>, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /**
   * Reads the events on sale again.
   * @throws UrrError UNAVAILABLE while the table is unavailable; the last list stays
   */
  async refresh(): Promise<{ readonly invalid: number }> {
    const startedAtMs = this.#nowMs();
    const { events, invalid } = await this.#store.listLive();
    this.#live = new Map(events.map((event) => [event.eventId, event]));
    this.#readAtMs = startedAtMs;
    return { invalid: invalid.length };
  }

  all(): UrrEvent[] {
    return this.#isUsable() ? [...this.#live.values()] : [];
  }

  /** Whether events have been read, and recently enough. */
  isKnown(): boolean {
    return this.#isUsable();
  }

  /** An administrator's change takes effect in this worker at once. */
  replace(event: UrrEvent): void {
    if (event.onSale === undefined) this.#live.delete(event.eventId);
    else this.#live.set(event.eventId, event);
    this.#others.delete(event.eventId);
  }

  /**
   * Returns the event, at most a second old.
   * @throws UrrError EVENT_NOT_FOUND
   */
  get(eventId: string): UrrEvent | Promise<UrrEvent> {
    const live = this.#isUsable() ? this.#live.get(eventId) : undefined;
    return live ?? this.#other(eventId);
  }

  async #other(eventId: string): Promise<UrrEvent> {
    if (!eventIdPattern.test(eventId)) throw noSuchEvent();
    const nowMs = this.#nowMs();
    const known = this.#others.get(eventId);
    const lookup =
      known !== undefined && nowMs - known.atMs < refreshMs ? known.event : this.#lookUp(eventId, nowMs);
    const event = await lookup;
    if (event === undefined) throw noSuchEvent();
    return event;
  }

  #lookUp(eventId: string, atMs: number): Promise<UrrEvent | undefined> {
    if (this.#others.size >= othersMax) this.#others.clear();
    const event = this.#store.get(eventId);
    event.catch(() => this.#others.delete(eventId));
    this.#others.set(eventId, { event, atMs });
    return event;
  }

  #isUsable(): boolean {
    return this.#nowMs() - this.#readAtMs < staleMsMax;
  }
}

const noSuchEvent = () => new UrrError('EVENT_NOT_FOUND', 'this event does not exist');
