import { gzipSync } from 'node:zlib';
import { type Cached, cached } from '#adapters/cached.ts';
import { metrics } from '#contract/metrics.ts';
import type { SeatLayout } from '#contract/sale.ts';
import { layoutUrl, type SeatStatuses } from '#contract/sale-http.ts';
import { snapshotSeatsMax } from '#contract/sale-keys.ts';
import { UrrError } from '#core/errors.ts';
import type { SeatSnapshot } from '#core/sale/ports.ts';
import { rebuildSeatHints } from '#core/sale/seat-hints.ts';
import { indexSeats, type SeatIndex } from '#core/sale/seat-index.ts';
import type { SeatLockDeps } from './deps.ts';
import { sha256Base64url } from './hash.ts';

/**
 * Least time between two reads of the statuses from Redis, which happen only on request. Pages poll every second, so a taken
 * seat shows as taken within 2 s, including the network.
 */
const statusesMs = 500;
/** A new revision of a layout takes effect within this time. */
const layoutMs = 5_000;
/** While the layouts' table is unavailable, the last known layout is used for this long. */
const layoutStaleMs = 10 * 60_000;
const nextPollSeconds = 1;
/** Most events whose maps are kept. */
const mapsMax = 500;
/** Longest wait of a request while Redis is rebuilt: number of reads, and the pause between two. */
const rebuildLooksMax = 20;
const rebuildPauseMs = 250;

/** One view of all seats, ready to be sent. */
interface SeatMapDocument {
  readonly statuses: SeatStatuses;
  readonly etag: string;
  readonly plain: Buffer;
  /** Smaller than brotli at a quality that takes 1 ms. */
  readonly gzip: Buffer;
}

interface EventMap {
  readonly layout: Cached<SeatIndex>;
  readonly document: Cached<View>;
}

interface View {
  readonly index: SeatIndex;
  readonly document: SeatMapDocument;
  readonly version: number;
  readonly earliestEndMs: number;
  readonly isFull: boolean;
  /** One digit per seat. This worker marks the seats it takes, so that its next "best available" tries other seats. */
  readonly digits: Uint8Array;
}

type MapDeps = Pick<
  SeatLockDeps,
  'holds' | 'reservations' | 'seats' | 'sales' | 'telemetry' | 'nowMs' | 'workerId'
>;

/** Layouts and seat statuses of requested events. */
export class SeatMaps {
  readonly #deps: MapDeps;
  #maps = new Map<string, EventMap>();

  constructor(deps: MapDeps) {
    this.#deps = deps;
  }

  /** @throws UrrError NOT_FOUND when the event has no layout */
  index(eventId: string): Promise<SeatIndex> {
    return this.#map(eventId).layout.get();
  }

  /** Returns the layout of a revision. @throws UrrError NOT_FOUND when the current revision is another */
  async layout(eventId: string, revision: number): Promise<SeatLayout> {
    const map = this.#map(eventId);
    let { layout } = await map.layout.get();
    if (layout.revision < revision) ({ layout } = await map.layout.refresh());
    if (layout.revision !== revision)
      throw new UrrError('NOT_FOUND', 'the layout has a newer revision; read the seats again');
    return layout;
  }

  async document(eventId: string): Promise<SeatMapDocument> {
    return (await this.#map(eventId).document.get()).document;
  }

  /** `isFull` means that every seat shows as sold. `etag` changes with the statuses. */
  async fullness(eventId: string): Promise<{ readonly isFull: boolean; readonly etag: string }> {
    const { isFull, document } = await this.#map(eventId).document.get();
    return { isFull, etag: document.etag };
  }

  /** Returns the free seats; `place` is the index of a seat among all seats. */
  async freeSeats(
    eventId: string,
  ): Promise<{ readonly index: SeatIndex; readonly isFree: (place: number) => boolean }> {
    const { index, digits } = await this.#map(eventId).document.get();
    return { index, isFree: (place) => digits[place] === 0 };
  }

  /** Marks seats as taken until the next read of the statuses. */
  async markTaken(eventId: string, seatIds: readonly string[]): Promise<void> {
    const { index, digits } = await this.#map(eventId).document.get();
    for (const seatId of seatIds) {
      const place = index.placeOf(seatId);
      if (place !== undefined) digits[place] = 1;
    }
  }

  #map(eventId: string): EventMap {
    const known = this.#maps.get(eventId);
    if (known !== undefined) return known;
    if (this.#maps.size >= mapsMax) this.#maps = new Map();
    const { nowMs } = this.#deps;
    let index: SeatIndex | undefined;
    const layout = cached(
      async () => {
        index = await this.#readLayout(eventId, index);
        return index;
      },
      { ttlMs: layoutMs, refreshGapMs: 1_000, staleMs: layoutStaleMs, nowMs },
    );
    let last: View | undefined;
    const document = cached(
      async () => {
        last = await this.#readStatuses(eventId, await layout.get(), last);
        return last;
      },
      // Stale statuses would offer seats that are taken, so without Redis there are none.
      { ttlMs: statusesMs, refreshGapMs: statusesMs, staleMs: statusesMs, nowMs },
    );
    const map = { layout, document };
    this.#maps.set(eventId, map);
    return map;
  }

  async #readLayout(eventId: string, last: SeatIndex | undefined): Promise<SeatIndex> {
    const layout = await this.#deps.sales.get(eventId);
    if (layout === undefined) throw new UrrError('NOT_FOUND', 'this event has no seats for sale');
    return last?.layout.revision === layout.revision ? last : indexSeats(layout);
  }

  async #readStatuses(eventId: string, index: SeatIndex, last: View | undefined): Promise<View> {
    const parts: string[][] = [];
    for (let from = 0; from < index.seatIds.length; from += snapshotSeatsMax)
      parts.push(index.seatIds.slice(from, from + snapshotSeatsMax));
    const [firstPart = [], ...otherParts] = parts;
    const first = await this.#complete(eventId, firstPart, index.seatIds);
    const isSame =
      last !== undefined &&
      last.index === index &&
      last.version === first.version &&
      (last.earliestEndMs === 0 || first.nowMs < last.earliestEndMs);
    if (isSame && last !== undefined) return last;
    const others = await Promise.all(otherParts.map((part) => this.#deps.holds.snapshot(eventId, part)));
    if (others.some(({ isComplete }) => !isComplete))
      throw new UrrError('UNAVAILABLE', 'the seat map is being rebuilt; please try again', {
        retryAfterSeconds: 1,
      });
    const ends = [first, ...others].map(({ earliestEndMs }) => earliestEndMs).filter((end) => end > 0);
    const digits = first.digits + others.map((part) => part.digits).join('');
    return {
      index,
      // With the first part's version, a change during the read counts as a change at the next read.
      version: first.version,
      earliestEndMs: ends.length === 0 ? 0 : Math.min(...ends),
      isFull: /^2+$/.test(digits),
      digits: Uint8Array.from(digits, Number),
      document: documentOf(eventId, index, first, digits),
    };
  }

  /** Returns a snapshot of a complete server; rebuilds an incomplete one first. */
  async #complete(
    eventId: string,
    seatIds: readonly string[],
    allSeatIds: readonly string[],
  ): Promise<SeatSnapshot> {
    const { holds, reservations, seats, telemetry, nowMs, workerId } = this.#deps;
    const ports = { clock: { nowMs }, hints: holds, reservations, seats, workerId };
    for (let look = 0; look < rebuildLooksMax; look++) {
      const snapshot = await holds.snapshot(eventId, seatIds);
      if (snapshot.isComplete) return snapshot;
      const rebuilt = await rebuildSeatHints(ports, eventId, allSeatIds);
      if (rebuilt.kind === 'not-mine') await new Promise((done) => setTimeout(done, rebuildPauseMs));
      if (rebuilt.kind === 'done' && rebuilt.restored > 0) {
        telemetry.count(metrics.seatsRebuilt);
        telemetry.warn('Redis lost its seats; they were rebuilt from DynamoDB', { eventId });
      }
    }
    throw new UrrError('UNAVAILABLE', 'the seat map is being rebuilt; please try again', {
      retryAfterSeconds: 1,
    });
  }
}

function documentOf(
  eventId: string,
  index: SeatIndex,
  { nowMs, version }: Pick<SeatSnapshot, 'nowMs' | 'version'>,
  digits: string,
): SeatMapDocument {
  const { revision } = index.layout;
  const statuses: SeatStatuses = {
    eventId,
    layoutRevision: revision,
    layoutUrl: layoutUrl(eventId, revision),
    asOfMs: nowMs,
    version,
    nextPoll: nextPollSeconds,
    sections: Object.fromEntries(
      index.sections.map(({ section, offset, seatIds }) => [
        section.id,
        digits.slice(offset, offset + seatIds.length),
      ]),
    ),
  };
  const plain = Buffer.from(JSON.stringify(statuses));
  return {
    statuses,
    etag: `"${revision}-${sha256Base64url(digits).slice(0, 16)}"`,
    plain,
    gzip: gzipSync(plain, { level: 6 }),
  };
}
