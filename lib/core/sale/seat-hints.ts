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

export interface SeatHintPorts {
  readonly clock: Clock;
  readonly hints: SeatHintStore;
  readonly reservations: OwningReservations;
  readonly seats: SeatOwners;
  /** Name of this worker. */
  readonly workerId: string;
}

/**
 * Sends Redis something that nobody waits for: money must not depend on it. A call that fails or is lost is mended by
 * repairSeatHints within a minute or two, or by the rebuild when Redis lost its data.
 */
export function notifyWithoutWaiting(told: Promise<unknown>): void {
  void told.catch(() => undefined);
}

/** Calls to Redis under way at once. */
const batchMax = 100;

/**
 * Tells a Redis that has forgotten which seats are held and sold. Any worker may, one at a time; a repeat changes
 * nothing. What happens meanwhile is not undone: larger fences stay, and an end that came shows as free by itself.
 *
 * not-mine  somebody else is at it      void  Redis was replaced meanwhile: begin again
 */
export async function rebuildSeatHints(
  ports: SeatHintPorts,
  eventId: string,
  seatIds: readonly string[],
): Promise<{ readonly kind: 'done'; readonly told: number } | { readonly kind: 'not-mine' | 'void' }> {
  const server = await ports.hints.takeTurn(eventId, 'rebuild', ports.workerId);
  if (server === undefined) return { kind: 'not-mine' };
  const unreadable: UnreadableOwner[] = [];
  const owning = ports.reservations.listOwning(eventId, (owner) => unreadable.push(owner));
  const readable = await inBatches(owning, (listed) => tell(ports, listed, unreadable));
  const told = readable + (await showTaken(ports, eventId, seatIds, unreadable));
  const isFinished = await ports.hints.finishRebuild(eventId, server, ports.workerId);
  return isFinished ? { kind: 'done', told } : { kind: 'void' };
}

/** True: Redis was told of it. */
async function tell(
  ports: SeatHintPorts,
  listed: Reservation,
  unreadable: UnreadableOwner[],
): Promise<boolean> {
  // The index is moments old. A sale in it can only have been given back since, and the repair finds that; but what it
  // calls pending may be sold by now.
  const now = listed.state === 'confirmed' ? listed : await ownerOf(ports.reservations, listed.reservationId);
  if (now === undefined) unreadable.push(listed);
  if (now === undefined || isDead(now.state)) return false;
  if (now.state !== 'confirmed' && now.expiresAtMs <= ports.clock.nowMs()) return false;
  const seatIds = ownedSeatIds(now);
  await ports.hints.restore({ ...now, seatIds }, now.state === 'confirmed' ? 0 : now.expiresAtMs);
  return true;
}

/** Shows the seats of unreadable reservations as sold: they are somebody's until the item is mended. */
async function showTaken(
  ports: SeatHintPorts,
  eventId: string,
  seatIds: readonly string[],
  unreadable: readonly UnreadableOwner[],
  /** What Redis shows already. */
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
 * Compares what Redis shows with durable storage and mends both kinds of mistake: a sale that it does not show, and a
 * seat that it shows taken by a reservation that is dead. At most once a minute and event, by whichever worker; undefined:
 * not our turn. Answers how much was mended.
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
  let mended = 0;
  const alive = new Set<string>();
  const unreadable: UnreadableOwner[] = [];
  const owning = ports.reservations.listOwning(eventId, (owner) => unreadable.push(owner));
  mended += await inBatches(owning, async (listed) => {
    alive.add(listed.reservationId);
    if (listed.state !== 'confirmed' || isShownRight(owners, listed)) return false;
    const now = await ownerOf(ports.reservations, listed.reservationId);
    if (now?.state !== 'confirmed') return false;
    await ports.hints.restore({ ...now, seatIds: ownedSeatIds(now) }, 0);
    if (now.givenBackSeatIds !== undefined)
      await ports.hints.release({ ...now, seatIds: now.givenBackSeatIds });
    return true;
  });
  for (const { reservationId } of unreadable) alive.add(reservationId);
  const shown = Map.groupBy(owners.values(), (owner) => owner.reservationId);
  mended += await showTaken(ports, eventId, seatIds, unreadable, owners);
  const ghosts = [...shown].filter(([reservationId]) => !alive.has(reservationId));
  mended += await inBatches(ghosts, async ([reservationId, seats]) => {
    const owner = await ownerOf(ports.reservations, reservationId);
    // Absent: its holder is about to write it. Unreadable: alive.
    if (owner === undefined || !isDead(owner.state)) return false;
    // The seats that Redis shows: two attempts behind one key may have held others than those that were written down.
    await ports.hints.release({ ...owner, seatIds: seats.map(({ seatId }) => seatId) });
    return true;
  });
  return mended;
}

/** Its seats stand as sold, and none that it has given back stands for it. */
const isShownRight = (owners: ReadonlyMap<string, HintedOwner>, sale: Reservation) => {
  const owned = new Set(ownedSeatIds(sale));
  return sale.seatIds.every((seatId) => {
    const owner = owners.get(seatId);
    const isIts = owner?.reservationId === sale.reservationId;
    return owned.has(seatId) ? isIts && owner.isSold : !isIts;
  });
};

/** Works on all items, some at once, and counts those that `work` says yes to. */
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
    // Nothing is under way while the next page is read: a failure in that time would be nobody's, and end the worker.
    batch.push(item);
    if (batch.length >= batchMax) await flush();
  }
  await flush();
  return count;
}
