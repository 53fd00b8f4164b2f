import type { AgreedTerms, Reservation } from '#contract/sale.ts';
import { type AccountSeatPorts, countSeats, seatsLeft } from './account-seats.ts';
import type { HintedOwner, HoldStore, SeatStore } from './ports.ts';
import { hasReleased, isDead, isOverdue, ownedSeatIds } from './reservation.ts';
import { ownerOf } from './unreadable.ts';

export interface ReservePorts extends AccountSeatPorts {
  readonly holds: HoldStore;
  readonly seats: SeatStore;
}

export interface ReserveRequest {
  /** Derived from event, user and Idempotency-Key: a retry finds its own reservation. */
  readonly reservationId: string;
  /** SHA-256 of the parsed body, base64url. */
  readonly requestHash: string;
  readonly eventId: string;
  readonly userId: string;
  /** Without repeats. Claimed in sorted order, so one of two overlapping requests always succeeds. */
  readonly seatIds: readonly string[];
  /** Price of each seat, in the order of `seatIds`. */
  readonly seatAmountsKrw: readonly number[];
  /** Most seats of the event that the account may have at a time. */
  readonly seatsPerAccount: number;
  /** Refund terms of the purchase. */
  readonly terms: AgreedTerms;
  readonly holdMs: number;
  readonly holdMsMax: number;
}

export type ReserveOutcome =
  | { readonly outcome: 'reserved'; readonly reservation: Reservation }
  | { readonly outcome: 'taken'; readonly seatIds: readonly string[] }
  | { readonly outcome: 'cooling-down' | 'too-many'; readonly retryAfterSeconds: number }
  /** With these seats the account would have more than it may. `left`: seats that it may still reserve. */
  | { readonly outcome: 'account-full'; readonly left: number }
  /** The Idempotency-Key was used with another request. */
  | { readonly outcome: 'key-reused' }
  /** The reservation of this key has ended. */
  | { readonly outcome: 'ended'; readonly reservation: Reservation };

/**
 * Reserves seats, all or nothing. A hold in Redis first rules out hopeless attempts cheaply. Then the reservation is written
 * as `claiming`, each seat is pointed at it, and one conditional write makes it `pending`. A crash leaves nothing or a
 * `claiming` reservation, which cannot be paid and expires (docs/adr/0061). A repeat with the same key continues after the
 * last step.
 */
export async function reserve(ports: ReservePorts, request: ReserveRequest): Promise<ReserveOutcome> {
  const known = await ports.reservations.get(request.reservationId);
  if (known !== undefined) return resume(ports, request, known);

  const { eventId, userId, reservationId, requestHash, terms, seatsPerAccount } = request;
  // Refuses a hopeless request before it holds a seat. `countSeats` decides below.
  const left = await seatsLeft(ports, request, seatsPerAccount, request.seatIds.length);
  if (left < request.seatIds.length) return { outcome: 'account-full', left };
  const nowMs = ports.clock.nowMs();
  const priced = request.seatIds.map((seatId, index) => ({
    seatId,
    krw: request.seatAmountsKrw[index] ?? 0,
  }));
  priced.sort((a, b) => (a.seatId < b.seatId ? -1 : 1));
  const seatIds = priced.map(({ seatId }) => seatId);
  const expiresAtMs = nowMs + request.holdMs;
  const wanted = { eventId, userId, reservationId, seatIds, expiresAtMs };
  let hold = await ports.holds.hold(wanted);
  if (hold.outcome === 'taken' && (await releaseRefundedSeats(ports, hold.owners))) {
    hold = await ports.holds.hold(wanted);
  }
  if (hold.outcome === 'taken') return { outcome: 'taken', seatIds: hold.owners.map(({ seatId }) => seatId) };
  if (hold.outcome !== 'held') return hold;

  const { reservation } = await ports.reservations.create({
    reservationId,
    eventId,
    userId,
    seatIds,
    amountKrw: priced.reduce((sum, { krw }) => sum + krw, 0),
    seatAmountsKrw: priced.map(({ krw }) => krw),
    terms,
    fence: hold.fence,
    state: 'claiming',
    createdAtMs: nowMs,
    expiresAtMs,
    expiresAtMaxMs: nowMs + request.holdMsMax,
    requestHash,
    version: 1,
  });
  // A concurrent request with the same key stored other seats: this request's surplus seats are released.
  const surplus = seatIds.filter((seatId) => !reservation.seatIds.includes(seatId));
  if (surplus.length > 0) {
    await ports.holds.release({ ...reservation, seatIds: surplus });
    await ports.holds.extend(reservation, reservation.expiresAtMs);
  }
  return resume(ports, request, reservation);
}

/**
 * Releases seats that Redis shows as sold although they were refunded: the "sold" arrived after the refund. DynamoDB decides.
 * Returns whether all of `owners` were such seats.
 */
async function releaseRefundedSeats(ports: ReservePorts, owners: readonly HintedOwner[]): Promise<boolean> {
  for (const { reservationId, isSold, seatId } of owners) {
    if (!isSold) return false;
    const owner = await ownerOf(ports.reservations, reservationId);
    if (owner === undefined || !hasReleased(owner, seatId)) return false;
    await ports.holds.release({ ...owner, seatIds: [seatId] });
  }
  return true;
}

async function resume(
  ports: ReservePorts,
  request: ReserveRequest,
  reservation: Reservation,
): Promise<ReserveOutcome> {
  if (reservation.requestHash !== request.requestHash || reservation.userId !== request.userId) {
    return { outcome: 'key-reused' };
  }
  if (reservation.state === 'pending' || reservation.state === 'confirmed') {
    return { outcome: 'reserved', reservation };
  }
  if (isDead(reservation.state)) return { outcome: 'ended', reservation };

  const counted = await countSeats(ports, reservation, request.seatsPerAccount);
  if (!counted.isCounted) {
    const after = await cancelClaim(ports, reservation);
    // A concurrent request with the same key was counted and has reserved the seats.
    if (after.state === 'pending' || after.state === 'confirmed')
      return { outcome: 'reserved', reservation: after };
    return { outcome: 'account-full', left: counted.left };
  }
  const sales: Reservation[] = [];
  const taken = await claimSeats(ports, reservation, sales);
  if (taken.length > 0) {
    await cancelClaim(ports, reservation);
    // Redis showed a sold seat as free. This request's hold is released, so the sale can be written to Redis again.
    for (const sale of sales) await ports.holds.markSold({ ...sale, seatIds: ownedSeatIds(sale) });
    return { outcome: 'taken', seatIds: taken };
  }
  const { reservation: now } = await ports.reservations.move({
    reservationId: reservation.reservationId,
    from: ['claiming'],
    to: 'pending',
    ifFence: reservation.fence,
  });
  const after = now ?? reservation;
  return after.state === 'pending' || after.state === 'confirmed'
    ? { outcome: 'reserved', reservation: after }
    : { outcome: 'ended', reservation: after };
}

/** Cancels a `claiming` reservation and returns it as it is after the call. */
async function cancelClaim(ports: ReservePorts, reservation: Reservation): Promise<Reservation> {
  const { reservation: after = reservation } = await ports.reservations.move({
    reservationId: reservation.reservationId,
    from: ['claiming'],
    to: 'cancelled',
  });
  if (isDead(after.state)) await ports.holds.release(reservation);
  return after;
}

/** Owner changes of a seat during one claim, after which the claim treats the seat as taken. */
const ownersMax = 4;

/**
 * Claims the seats in order, up to the first one that another reservation owns. Returns the taken seats, and adds the
 * owners of sold seats to `sales`.
 */
async function claimSeats(
  ports: ReservePorts,
  reservation: Reservation,
  sales: Reservation[],
): Promise<readonly string[]> {
  for (const seatId of reservation.seatIds) {
    if (!(await claimSeat(ports, reservation, seatId, sales))) return [seatId];
  }
  return [];
}

async function claimSeat(
  ports: ReservePorts,
  reservation: Reservation,
  seatId: string,
  sales: Reservation[],
): Promise<boolean> {
  const { eventId, reservationId, fence } = reservation;
  let knownDead: string | undefined;
  for (let owners = 0; owners < ownersMax; owners++) {
    const claim = await ports.seats.claim({
      eventId,
      seatId,
      reservationId,
      fence,
      ...(knownDead === undefined ? {} : { knownDead }),
    });
    if (claim.claimed) return true;
    // A larger fence has claimed the seat since, so this claim is too late.
    if (claim.owner.fence >= fence || claim.owner.reservationId === undefined) return false;
    if (!(await isOwnerDead(ports, claim.owner.reservationId, seatId, sales))) return false;
    knownDead = claim.owner.reservationId;
  }
  return false;
}

/**
 * Returns whether the owner no longer owns the seat; expires an overdue owner first. True stays true, because dead owners
 * stay dead and refunded seats stay refunded.
 */
async function isOwnerDead(
  ports: ReservePorts,
  reservationId: string,
  seatId: string,
  sales: Reservation[],
): Promise<boolean> {
  const owner = await ownerOf(ports.reservations, reservationId);
  // Every reservation is written before a seat points to it, so an unknown or unreadable one counts as alive.
  if (owner === undefined) return false;
  if (hasReleased(owner, seatId)) return true;
  if (owner.state === 'confirmed') {
    sales.push(owner);
    return false;
  }
  const nowMs = ports.clock.nowMs();
  if (!isOverdue(owner, nowMs)) return false;
  const { reservation: after } = await ports.reservations.move({
    reservationId,
    from: ['claiming', 'pending'],
    to: 'expired',
    ifExpiresAtMsMax: nowMs,
  });
  return after !== undefined && isDead(after.state);
}
