import type { Reservation } from '#contract/sale.ts';
import { snapshotSeatsMax } from '#contract/sale-keys.ts';
import type {
  Clock,
  HintedOwner,
  OwningReservations,
  SeatHintStore,
  SeatHolder,
  SeatOwners,
  UnreadableOwner,
} from './ports.ts';
import { isDead, ownedSeatIds } from './reservation.ts';
import { ownerOf, seatsOfUnreadable } from './unreadable.ts';

interface SeatHintPorts {
  readonly clock: Clock;
  readonly hints: SeatHintStore;
  readonly reservations: OwningReservations;
  readonly seats: SeatOwners;
  /** Name of this worker. */
  readonly workerId: string;
}

/**
 * Ignores the outcome of a call to Redis, because money must not depend on it. `repairSeatHints` corrects a failed call
 * within one or two minutes, and the rebuild does after a loss of Redis's data.
 */
export function notifyWithoutWaiting(call: Promise<unknown>): void {
  void call.catch(() => undefined);
}

/** Most concurrent calls to Redis. */
const batchMax = 100;

/**
 * Writes the held and sold seats to a Redis that lost its data. One worker runs it at a time, and a repeat changes nothing.
 * Concurrent holds and sales are kept: larger fences stay, and an expired hold shows as free.
 *
 * not-mine  another worker has the turn      void  Redis was replaced during the rebuild: run it again
 */
export async function rebuildSeatHints(
  ports: SeatHintPorts,
  eventId: string,
  seatIds: readonly string[],
): Promise<{ readonly kind: 'done'; readonly restored: number } | { readonly kind: 'not-mine' | 'void' }> {
  const server = await ports.hints.takeTurn(eventId, 'rebuild', ports.workerId);
  if (server === undefined) return { kind: 'not-mine' };
  const unreadable: UnreadableOwner[] = [];
  const owning = ports.reservations.listOwning(eventId, (owner) => unreadable.push(owner));
  const readable = await inBatches(owning, (listed) => restoreHints(ports, listed, unreadable));
  const restored = readable + (await showTaken(ports, eventId, seatIds, unreadable));
  const isFinished = await ports.hints.finishRebuild(eventId, server, ports.workerId);
  return isFinished ? { kind: 'done', restored } : { kind: 'void' };
}

/** True: the reservation was written to Redis. */
async function restoreHints(
  ports: SeatHintPorts,
  listed: Reservation,
  unreadable: UnreadableOwner[],
): Promise<boolean> {
  // The index is moments old. A `confirmed` entry can only have been refunded since, which the repair corrects. A `pending`
  // entry may have been sold since, so it is read again.
  const now = listed.state === 'confirmed' ? listed : await ownerOf(ports.reservations, listed.reservationId);
  if (now === undefined) unreadable.push(listed);
  if (now === undefined || isDead(now.state)) return false;
  if (now.state !== 'confirmed' && now.expiresAtMs <= ports.clock.nowMs()) return false;
  const seatIds = ownedSeatIds(now);
  await ports.hints.restore({ ...now, seatIds }, now.state === 'confirmed' ? 0 : now.expiresAtMs);
  return true;
}

/** Shows the seats of unreadable reservations as sold until the items are repaired. Returns the number of calls. */
async function showTaken(
  ports: SeatHintPorts,
  eventId: string,
  seatIds: readonly string[],
  unreadable: readonly UnreadableOwner[],
  /** Seats that Redis shows already. */
  owners: ReadonlyMap<string, HintedOwner> = new Map(),
): Promise<number> {
  const holders = await seatsOfUnreadable(ports.seats, eventId, seatIds, unreadable);
  const isHidden = ({ reservationId, seatIds: own }: SeatHolder) =>
    own.some((id) => owners.get(id)?.isSold !== true || owners.get(id)?.reservationId !== reservationId);
  return inBatches(holders.filter(isHidden), async (holder) => {
    await ports.hints.restore(holder, 0);
    return true;
  });
}

/**
 * Compares the seats in Redis with DynamoDB and corrects both kinds of error: a sale that Redis does not show, and a seat
 * that it shows as taken by a dead reservation. Runs at most once per minute and event, on any worker. Returns the number
 * of corrections; undefined: another worker has the turn.
 */
export async function repairSeatHints(
  ports: SeatHintPorts,
  eventId: string,
  seatIds: readonly string[],
): Promise<number | undefined> {
  const server = await ports.hints.takeTurn(eventId, 'repair', ports.workerId);
  if (server === undefined) return undefined;
  const owners = new Map<string, HintedOwner>();
  for (let from = 0; from < seatIds.length; from += snapshotSeatsMax) {
    const part = seatIds.slice(from, from + snapshotSeatsMax);
    for (const owner of await ports.hints.owners(eventId, part)) owners.set(owner.seatId, owner);
  }
  let corrected = 0;
  const owningIds = new Set<string>();
  const unreadable: UnreadableOwner[] = [];
  const owning = ports.reservations.listOwning(eventId, (owner) => unreadable.push(owner));
  corrected += await inBatches(owning, async (listed) => {
    owningIds.add(listed.reservationId);
    if (listed.state !== 'confirmed' || isShownCorrectly(owners, listed)) return false;
    const now = await ownerOf(ports.reservations, listed.reservationId);
    if (now?.state !== 'confirmed') return false;
    await ports.hints.restore({ ...now, seatIds: ownedSeatIds(now) }, 0);
    if (now.givenBackSeatIds !== undefined)
      await ports.hints.release({ ...now, seatIds: now.givenBackSeatIds });
    return true;
  });
  for (const { reservationId } of unreadable) owningIds.add(reservationId);
  const shown = Map.groupBy(owners.values(), (owner) => owner.reservationId);
  corrected += await showTaken(ports, eventId, seatIds, unreadable, owners);
  const orphans = [...shown].filter(([reservationId]) => !owningIds.has(reservationId));
  corrected += await inBatches(orphans, async ([reservationId, seats]) => {
    const owner = await ownerOf(ports.reservations, reservationId);
    // Absent: the holder has not written it yet. Unreadable: counts as alive.
    if (owner === undefined || !isDead(owner.state)) return false;
    // The seats that Redis shows, because two attempts with one key may have held other seats than the stored ones.
    await ports.hints.release({ ...owner, seatIds: seats.map(({ seatId }) => seatId) });
    return true;
  });
  return corrected;
}

/** Redis shows the seats of the sale as sold, and none of its refunded seats as its own. */
const isShownCorrectly = (owners: ReadonlyMap<string, HintedOwner>, sale: Reservation) => {
  const owned = new Set(ownedSeatIds(sale));
  return sale.seatIds.every((seatId) => {
    const owner = owners.get(seatId);
    const isIts = owner?.reservationId === sale.reservationId;
    return owned.has(seatId) ? isIts && owner.isSold : !isIts;
  });
};

/** Runs `work` on all items in batches, and returns how often it returned true. */
async function inBatches<T>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<boolean>,
): Promise<number> {
  let count = 0;
  let batch: T[] = [];
  const flush = async () => {
    const done = await Promise.all(batch.map(work));
    batch = [];
    count += done.filter(Boolean).length;
  };
  for await (const item of items) {
    // Each batch ends before the next page is read: a failure during that read would be unhandled and end the process.
    batch.push(item);
    if (batch.length >= batchMax) await flush();
  }
  await flush();
  return count;
}
