import type { Payment, Reservation } from '#contract/sale.ts';
import { paymentCanBecome } from '#core/sale/payment-life.ts';
import { canBecome, isDead } from '#core/sale/reservation.ts';
import type { Change, MemoryDynamodb } from '../servers/dynamodb.ts';
import type { Item } from '../servers/expressions.ts';
import { CutConnection, type Process } from './network.ts';
import type { Scheduler } from './scheduler.ts';
import { salesTable, seatIndex, seatsPerOrder } from './setting.ts';

/** A violated guarantee; the message begins with the guarantee. */
export class Violation extends Error {
  readonly invariant: string;
  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.invariant = invariant;
  }
}

type UrrErrorClass = typeof import('#core/errors.ts').UrrError;

/** Outcomes of sales as DynamoDB stored them. The statistics must have the same. */
export interface Tally {
  count: number;
  seats: number;
  amountKrw: number;
}

/**
 * Sees every write at its instant, and compares it with the guarantees. It reads only attributes of items, and uses
 * nothing of the program under test.
 */
export class Watch {
  readonly violations: Violation[] = [];
  readonly history: string[] = [];
  readonly tallies = {
    confirmed: { count: 0, seats: 0, amountKrw: 0 },
    cancelled: { count: 0, seats: 0, amountKrw: 0 },
    settled: { count: 0, seats: 0, amountKrw: 0 },
    refunded: { count: 0, seats: 0, amountKrw: 0 },
  } satisfies Record<string, Tally>;
  /** Reservations whose owner, or an operator, has requested the refund. */
  readonly givenBack = new Set<string>();
  /** Single seats whose refund was requested, without the rest of the reservation. */
  readonly givenBackSingly = new Map<string, Set<string>>();
  /** Extensions per reservation. */
  readonly extensions = new Map<string, number>();
  /** Sales that a buyer was informed of: order by reservation. */
  readonly toldSold = new Map<string, string>();
  /** Whether the provider may still take the money of this order. */
  mayStillTake: (orderId: string) => boolean = () => false;
  readonly #fences = new Map<number, string>();
  readonly #scheduler: Scheduler;
  readonly #dynamodb: MemoryDynamodb;
  readonly #UrrError: UrrErrorClass;

  constructor(scheduler: Scheduler, dynamodb: MemoryDynamodb, UrrError: UrrErrorClass) {
    this.#scheduler = scheduler;
    this.#dynamodb = dynamodb;
    this.#UrrError = UrrError;
  }

  violate(invariant: string, detail: string): void {
    this.violations.push(new Violation(invariant, detail));
    this.note(`VIOLATION ${invariant}: ${detail}`);
  }

  note(text: string): void {
    this.history.push(`${this.#scheduler.nowMs} ${text}`);
  }

  /** Under faults the code may refuse with any of its codes, but not throw other errors. */
  requireExpected(where: string, error: unknown): void {
    if (error instanceof CutConnection) return;
    if (error instanceof this.#UrrError && error.code !== 'INTERNAL') return;
    // A consumer returns the messages after a failed one of its group.
    if (error instanceof Error && error.name === 'SqsFifoMessageGroupShortCircuitError') return;
    const detail = error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : String(error);
    this.violate('only planted faults cause errors', `${where}: ${detail}`);
  }

  /** Whether a refund of these seats was requested. */
  mayLose(reservationId: string, seatIds: readonly string[]): boolean {
    const single = this.givenBackSingly.get(reservationId);
    return this.givenBack.has(reservationId) || seatIds.every((seatId) => single?.has(seatId) ?? false);
  }

  /** Records that a buyer was informed that this order is paid. */
  saleWasReported(orderId: string): void {
    const item = this.#dynamodb.items(salesTable('payments')).get(orderId);
    const reservationId = item === undefined ? '' : paymentOf(item).reservationId;
    this.toldSold.set(reservationId, orderId);
    const reservation = this.reservation(reservationId);
    const state = reservation?.state;
    if (state !== 'confirmed' && !this.mayLose(reservationId, reservation?.seatIds ?? []))
      this.violate('every sale that a buyer saw exists', `${orderId} ${state}`);
  }

  observe(process: Process, { table, before, after }: Change): void {
    if (table === salesTable('reservations')) this.#observeReservation(process, before, after);
    else if (table === salesTable('payments')) this.#observePayment(before, after);
    else if (table === salesTable('seats')) this.#observeSeat(before, after);
  }

  reservation(reservationId: string): ReservationSeen | undefined {
    const item = this.#dynamodb.items(salesTable('reservations')).get(reservationId);
    return item === undefined ? undefined : reservationOf(item);
  }

  *reservations(): Generator<ReservationSeen> {
    for (const item of this.#dynamodb.items(salesTable('reservations')).values()) yield reservationOf(item);
  }

  #observeReservation(process: Process, before: Item | undefined, after: Item | undefined): void {
    if (after === undefined) {
      this.violate('no record of a sale is deleted', String(before?.reservationId));
      return;
    }
    const now = reservationOf(after);
    const { reservationId } = now;
    if (before === undefined) {
      const other = this.#fences.get(now.fence);
      if (other !== undefined && other !== reservationId)
        this.violate('a fence is issued once', `${now.fence} to ${other} and ${reservationId}`);
      this.#fences.set(now.fence, reservationId);
      this.note(`${reservationId} ${now.state} ${now.seatIds.join()} fence ${now.fence} by ${process.name}`);
      return;
    }
    const was = reservationOf(before);
    if (now.expiresAtMs !== was.expiresAtMs) this.#observeEnd(was, now);
    this.#observeSeatsGivenBack(was, now);
    if (now.state === was.state) return;
    this.note(`${reservationId} ${was.state} to ${now.state} by ${process.name}`);
    if (!canBecome(was.state, now.state))
      this.violate(
        'a reservation follows its state diagram',
        `${reservationId} ${was.state} to ${now.state}`,
      );
    if (now.state === 'expired' && was.expiresAtMs > process.latestReadingMs)
      this.violate(
        "nobody's time is cut short",
        `${reservationId} ends ${was.expiresAtMs}, ${process.name} never saw more than ${process.latestReadingMs}`,
      );
    if (now.state === 'confirmed') {
      this.checkSale(now);
      this.#count('confirmed', now.seatIds.length, now.amountKrw);
    }
    if (was.state === 'confirmed' && now.state === 'cancelled') {
      if (!this.mayLose(reservationId, owned(was)))
        this.violate('a buyer keeps the bought seats', `${reservationId} of ${was.orderId}`);
      this.#count('cancelled', owned(was).length, priceOf(owned(was)));
    }
    if (now.state === 'pending') this.#checkCap(now);
  }

  #observeSeatsGivenBack(was: ReservationSeen, now: ReservationSeen): void {
    const left = owned(was).filter((seatId) => !owned(now).includes(seatId));
    if (owned(now).some((seatId) => !owned(was).includes(seatId)))
      this.violate('a refunded seat stays refunded', now.reservationId);
    if (left.length === 0) return;
    this.note(`${now.reservationId} gives ${left.join()} back`);
    if (now.state !== 'confirmed')
      this.violate('single seats are refunded only after payment', now.reservationId);
    if (!this.mayLose(now.reservationId, left))
      this.violate('a buyer keeps the bought seats', `${left.join()} of ${now.orderId}`);
    this.#count('cancelled', left.length, priceOf(left));
  }

  /** Whether no reservation holds or owns the seat in DynamoDB. */
  isFree(seatId: string): boolean {
    for (const one of this.reservations())
      if (!isDead(one.state) && owned(one).includes(seatId)) return false;
    return true;
  }

  /** Checks the cap at the instant in which seats become an account's. */
  #checkCap({ userId }: ReservationSeen): void {
    let seats = 0;
    for (const one of this.reservations())
      if (one.userId === userId && (one.state === 'pending' || one.state === 'confirmed'))
        seats += owned(one).length;
    if (seats > seatsPerOrder) this.violate('an account keeps to its cap', `${userId} has ${seats} seats`);
  }

  #observeEnd(was: ReservationSeen, now: ReservationSeen): void {
    const { reservationId } = now;
    this.extensions.set(reservationId, (this.extensions.get(reservationId) ?? 0) + 1);
    this.note(`${reservationId} ends ${now.expiresAtMs}, not ${was.expiresAtMs}`);
    if (was.state !== 'pending')
      this.violate('an ended reservation is not extended', `${reservationId} ${was.state}`);
    if (now.expiresAtMs < was.expiresAtMs) this.violate("nobody's time is cut short", reservationId);
    if (now.expiresAtMs > now.expiresAtMaxMs) this.violate('a hold ends at its maximum', reservationId);
  }

  /** The central check, at the instant of the sale. */
  checkSale(sold: ReservationSeen): void {
    for (const seatId of owned(sold)) {
      const seat = this.#dynamodb.items(salesTable('seats')).get(`${sold.eventId}#${seatId}`);
      if (seat?.reservationId !== sold.reservationId)
        this.violate('a sale owns every seat it sells', `${seatId} of ${sold.reservationId}`);
      for (const other of this.reservations()) {
        if (other.reservationId === sold.reservationId || other.state !== 'confirmed') continue;
        if (owned(other).includes(seatId))
          this.violate(
            'no seat is sold twice',
            `${seatId} by ${sold.reservationId} and ${other.reservationId}`,
          );
      }
    }
  }

  #observePayment(before: Item | undefined, after: Item | undefined): void {
    if (after === undefined) {
      this.violate('no record of a payment is deleted', String(before?.orderId));
      return;
    }
    const now = paymentOf(after);
    if (before === undefined) {
      this.note(`${now.orderId} ${now.state} for ${now.reservationId}`);
      return;
    }
    const was = paymentOf(before);
    const done = (now.refunds ?? []).filter(({ state }) => state === 'done');
    const doneBefore = (was.refunds ?? []).filter(({ state }) => state === 'done');
    for (const { amountKrw } of done.slice(doneBefore.length)) this.#count('refunded', 0, amountKrw);
    if (was.state === now.state) return;
    this.note(`${now.orderId} ${was.state} to ${now.state}`);
    if (!paymentCanBecome(was.state, now.state))
      this.violate('a payment follows its state diagram', `${now.orderId} ${was.state} to ${now.state}`);
    if (was.state === 'approving' && now.state === 'declined' && this.mayStillTake(now.orderId))
      this.violate('an order is declined only when it can no longer be charged', now.orderId);
    if (now.state === 'settled' && was.state === 'approved') this.#count('settled', 0, now.amountKrw);
  }

  #observeSeat(before: Item | undefined, after: Item | undefined): void {
    if (before === undefined || after === undefined) return;
    if (Number(after.fence) < Number(before.fence))
      this.violate("a seat's fence only grows", `${after.seatKey} ${before.fence} to ${after.fence}`);
    const seatId = String(after.seatKey).split('#')[1] ?? '';
    const owner = this.reservation(String(before.reservationId));
    if (after.reservationId === before.reservationId || owner === undefined || isDead(owner.state)) return;
    if (owned(owner).includes(seatId))
      this.violate(
        'a live owner keeps its seats',
        `${seatId} of ${owner.reservationId} (${owner.state}) to ${after.reservationId}`,
      );
  }

  #count(kind: keyof Watch['tallies'], seats: number, amountKrw: number): void {
    const tally = this.tallies[kind];
    tally.count++;
    tally.seats += seats;
    tally.amountKrw += amountKrw;
  }
}

type ReservationSeen = Reservation;

/** Returns the seats that a reservation still owns. */
export const owned = ({ seatIds, givenBackSeatIds = [] }: ReservationSeen): readonly string[] =>
  seatIds.filter((seatId) => !givenBackSeatIds.includes(seatId));

export const priceOf = (seatIds: readonly string[]): number =>
  seatIndex.amountsKrw(seatIds).reduce((sum, krw) => sum + krw, 0);

const reservationOf = (item: Item): ReservationSeen => item as unknown as ReservationSeen;
export const paymentOf = (item: Item): Payment => item as unknown as Payment;
