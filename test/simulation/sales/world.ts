import { type Payment, type PaymentState, type Reservation, seatsPerOrderMax } from '#contract/sales.ts';
import { isUnsettled, paymentCanBecome } from '#core/sales/payment-life.ts';
import type {
  AccountSeat,
  AccountSeatStore,
  Hold,
  HoldStore,
  OwnReservations,
  PaymentProvider,
  PaymentStore,
  ProviderPayment,
  ReservationStore,
  SeatOwner,
  SeatStore,
} from '#core/sales/ports.ts';
import { canBecome, isOverdue } from '#core/sales/reservation.ts';
import type { Network, Process } from './network.ts';
import type { Scheduler } from './scheduler.ts';

/** One deliberate mistake, planted to see an invariant catch it. */
export const mutants = [
  'claim-without-condition',
  'claim-without-fence-check',
  'expire-without-condition',
  'expire-whatever-the-end',
  'confirm-without-state-condition',
  'reuse-epoch',
  'create-overwrites',
  'refund-forgets-to-write-first',
  'provider-without-idempotency',
  'release-is-lost',
  'cap-without-condition',
] as const;
export type Mutant = (typeof mutants)[number];

/** An invariant that did not hold, as soon as it did not hold. */
export class Violation extends Error {
  readonly invariant: string;
  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.invariant = invariant;
  }
}

/** The buyer who comes last takes all that is free. */
export const seatsPerAccountOf = (userId: string) => (userId === 'last' ? 20 : 5);

const epochFactor = 2 ** 32;
/** Toss: a payment that the buyer approved must be confirmed within 10 minutes. */
const providerSessionMs = 10 * 60_000;

interface ProviderRecord {
  paymentKey: string;
  amountKrw: number;
  chargedKrw: number;
  returnedKrw: number;
  declined: boolean;
}

/**
 * The durable and the volatile state of one sale, and the contracts of the adapters: one conditional write a call, as
 * the real DynamoDB, Redis and provider adapters promise. What the real ones do is shown against the real servers.
 */
export class World {
  readonly reservations = new Map<string, Reservation>();
  readonly payments = new Map<string, Payment>();
  readonly seats = new Map<string, SeatOwner>();
  readonly accountSeats = new Map<string, readonly AccountSeat[]>();
  readonly provider = new Map<string, ProviderRecord>();
  /** When the buyer approved an order on the provider's page. */
  readonly approvedAtMs = new Map<string, number>();
  readonly fencesSeen = new Map<number, string>();
  /** Redis: what it would lose. */
  redis = {
    runId: 1,
    epoch: 0,
    epochRunId: 0,
    counter: 0,
    holds: new Map<string, Hold & { fence: number; sold: boolean }>(),
  };
  /** DynamoDB: survives. */
  durableEpoch = 0;
  readonly history: string[] = [];
  readonly violations: Violation[] = [];
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly mutant: Mutant | undefined;

  constructor(scheduler: Scheduler, network: Network, mutant?: Mutant) {
    this.scheduler = scheduler;
    this.network = network;
    this.mutant = mutant;
  }

  violate(invariant: string, detail: string): void {
    this.violations.push(new Violation(invariant, detail));
  }

  note(text: string): void {
    this.history.push(`${this.scheduler.nowMs} ${text}`);
  }

  /** A promoted replica that had not heard the last writes; or an empty server. A new run id either way. */
  redisLoses(everything: boolean, keep: (reservationId: string) => boolean): void {
    const { redis } = this;
    const holds = new Map(everything ? [] : [...redis.holds].filter(([, hold]) => keep(hold.reservationId)));
    const counter = everything ? 0 : Math.max(0, redis.counter - 5);
    const epoch = everything ? 0 : redis.epoch;
    this.redis = {
      runId: redis.runId + 1,
      epoch,
      epochRunId: everything ? 0 : redis.epochRunId,
      counter,
      holds,
    };
    this.network.counts.redisLoss++;
    this.note(`redis loses ${everything ? 'everything' : 'its tail'}`);
  }

  accountSeatStore(process: Process): AccountSeatStore {
    const isNamed = (seats: readonly AccountSeat[], { reservationId, seatId }: AccountSeat) =>
      seats.some((seat) => seat.reservationId === reservationId && seat.seatId === seatId);
    return {
      get: ({ userId }) => this.network.call(process, () => this.accountSeats.get(userId)),
      begin: ({ userId }, seats) =>
        this.network.call(process, () => {
          if (!this.accountSeats.has(userId)) this.accountSeats.set(userId, seats);
        }),
      add: ({ userId, seats, seatsMax }) =>
        this.network.call(process, () => {
          const known = this.accountSeats.get(userId);
          if (known === undefined) return { added: false, seats: undefined };
          const isNamedAlready = seats.some((seat) => isNamed(known, seat));
          const fresh = seats.filter((seat) => !isNamed(known, seat));
          const hasRoom = known.length + seats.length <= seatsMax || this.mutant === 'cap-without-condition';
          if (!isNamedAlready && !hasRoom) return { added: false, seats: known };
          const after = [...known, ...fresh];
          this.accountSeats.set(userId, after);
          return { added: true, seats: after };
        }),
      remove: ({ userId }, seats) =>
        this.network.call(process, () => {
          const known = this.accountSeats.get(userId) ?? [];
          this.accountSeats.set(
            userId,
            known.filter((seat) => !isNamed(seats, seat)),
          );
        }),
    };
  }

  reservationStore(process: Process): ReservationStore & OwnReservations {
    return {
      listOfAccount: ({ userId }) =>
        this.network.call(process, () =>
          [...this.reservations.values()].filter((reservation) => reservation.userId === userId),
        ),
      create: (reservation) =>
        this.network.call(process, () => {
          const known = this.reservations.get(reservation.reservationId);
          if (known !== undefined && this.mutant !== 'create-overwrites')
            return { created: false, reservation: known };
          if (known !== undefined && known.state !== 'claiming') {
            this.violate('a reservation is written once', reservation.reservationId);
          }
          const other = this.fencesSeen.get(reservation.fence);
          if (other !== undefined && other !== reservation.reservationId) {
            this.violate(
              'a fence is given once',
              `${reservation.fence} to ${other} and ${reservation.reservationId}`,
            );
          }
          this.fencesSeen.set(reservation.fence, reservation.reservationId);
          this.reservations.set(reservation.reservationId, reservation);
          return { created: true, reservation };
        }),
      get: (reservationId) => this.network.call(process, () => this.reservations.get(reservationId)),
      move: (change) => this.network.call(process, () => this.#moveReservation(change)),
      giveBackSeats: ({ reservationId, orderId, givenBackSeatIds }) =>
        this.network.call(process, () => {
          const reservation = this.reservations.get(reservationId);
          const isLonger = (reservation?.givenBackSeatIds?.length ?? 0) < givenBackSeatIds.length;
          if (reservation?.state !== 'confirmed' || reservation.orderId !== orderId || !isLonger)
            return { moved: false, reservation };
          const after = {
            ...reservation,
            givenBackSeatIds: [...givenBackSeatIds],
            version: reservation.version + 1,
          };
          this.reservations.set(reservationId, after);
          return { moved: true, reservation: after };
        }),
      extend: (reservationId, fence, expiresAtMs) =>
        this.network.call(process, () => {
          const reservation = this.reservations.get(reservationId);
          if (reservation?.state !== 'pending' || reservation.fence !== fence)
            return { moved: false, reservation };
          const after = { ...reservation, expiresAtMs: Math.max(reservation.expiresAtMs, expiresAtMs) };
          this.reservations.set(reservationId, after);
          return { moved: true, reservation: after };
        }),
      listOverdue: (nowMs, limit) =>
        this.network.call(process, () =>
          [...this.reservations.values()]
            .filter((reservation) => isOverdue(reservation, nowMs))
            .slice(0, limit)
            .map((reservation) => reservation.reservationId),
        ),
    };
  }

  #moveReservation(change: Parameters<ReservationStore['move']>[0]) {
    const reservation = this.reservations.get(change.reservationId);
    if (reservation === undefined) return { moved: false, reservation };
    const { mutant } = this;
    const dropsState =
      (mutant === 'expire-without-condition' && change.to === 'expired') ||
      (mutant === 'confirm-without-state-condition' && change.to === 'confirmed');
    const dropsEnd = mutant === 'expire-whatever-the-end';
    const holds =
      (dropsState || change.from.includes(reservation.state)) &&
      (change.ifFence === undefined || change.ifFence === reservation.fence) &&
      (change.ifOrderId === undefined || change.ifOrderId === reservation.orderId) &&
      (dropsEnd ||
        change.ifExpiresAtMsMax === undefined ||
        reservation.expiresAtMs <= change.ifExpiresAtMsMax);
    if (!holds) return { moved: false, reservation };
    if (change.ifExpiresAtMsMax !== undefined && reservation.expiresAtMs > change.ifExpiresAtMsMax) {
      this.violate("nobody's time is cut short", reservation.reservationId);
    }
    if (!canBecome(reservation.state, change.to)) {
      this.violate('a reservation never leaves its drawn way', `${reservation.state} to ${change.to}`);
    }
    const after: Reservation = {
      ...reservation,
      state: change.to,
      version: reservation.version + 1,
      ...(change.orderId === undefined ? {} : { orderId: change.orderId }),
    };
    this.reservations.set(reservation.reservationId, after);
    this.note(`${reservation.reservationId} ${reservation.state} to ${change.to}`);
    if (change.to === 'confirmed') this.#checkSale(after);
    if (change.to === 'pending') this.#checkCap(after.userId);
    return { moved: true, reservation: after };
  }

  /** Overdue ones count too until they are ended: no order may come in between. */
  #checkCap(userId: string): void {
    const own = [...this.reservations.values()].filter(
      ({ userId: owner, state }) => owner === userId && (state === 'pending' || state === 'confirmed'),
    );
    const seats = own.reduce((sum, { seatIds }) => sum + seatIds.length, 0);
    if (seats > seatsPerAccountOf(userId))
      this.violate('no account has more seats than it may have', `${userId} has ${seats}`);
  }

  /** The heart of it, looked at in the very instant of the sale. */
  #checkSale(sold: Reservation): void {
    for (const seatId of sold.seatIds) {
      const owner = this.seats.get(seatId);
      if (owner?.reservationId !== sold.reservationId) {
        this.violate('a sale owns every seat it sells', `${seatId} of ${sold.reservationId}`);
      }
      for (const other of this.reservations.values()) {
        if (
          other.reservationId !== sold.reservationId &&
          other.state === 'confirmed' &&
          other.seatIds.includes(seatId)
        ) {
          this.violate(
            'no seat is sold twice',
            `${seatId} by ${sold.reservationId} and ${other.reservationId}`,
          );
        }
      }
    }
  }

  seatStore(process: Process): SeatStore {
    return {
      claim: (change) =>
        this.network.call(process, () => {
          const owner = this.seats.get(change.seatId);
          const isMine = owner?.reservationId === change.reservationId;
          const isFree = owner?.reservationId === undefined || owner.reservationId === change.knownDead;
          const isNewer =
            owner === undefined || owner.fence < change.fence || this.mutant === 'claim-without-fence-check';
          const holds = this.mutant === 'claim-without-condition' || isMine || (isFree && isNewer);
          if (!holds) {
            // The mutant forgets the fence altogether: its answer does not warn the caller either.
            const fence = this.mutant === 'claim-without-fence-check' ? 0 : (owner?.fence ?? 0);
            return { claimed: false as const, owner: { reservationId: owner?.reservationId, fence } };
          }
          if (owner !== undefined && owner.fence > change.fence) {
            this.violate("a seat's fence only grows", `${change.seatId} ${owner.fence} to ${change.fence}`);
          }
          this.seats.set(change.seatId, { reservationId: change.reservationId, fence: change.fence });
          return { claimed: true as const };
        }),
    };
  }

  holdStore(process: Process): HoldStore {
    const held = (seatId: string, nowMs: number) => {
      const hold = this.redis.holds.get(seatId);
      return hold !== undefined && (hold.sold || hold.expiresAtMs > nowMs) ? hold : undefined;
    };
    return {
      hold: (hold) =>
        this.network.call(process, () => {
          const { redis } = this;
          if (redis.epochRunId !== redis.runId) {
            // Another server than the one that gave the last fence: nothing it says of the counter can be relied on.
            if (this.mutant !== 'reuse-epoch' || this.durableEpoch === 0) this.durableEpoch++;
            redis.epoch = this.durableEpoch;
            redis.epochRunId = redis.runId;
            if (this.mutant !== 'reuse-epoch') redis.counter = 0;
          }
          const nowMs = this.scheduler.nowMs;
          const owners = hold.seatIds.flatMap((seatId) => {
            const current = held(seatId, nowMs);
            if (current === undefined || current.reservationId === hold.reservationId) return [];
            return [
              { seatId, reservationId: current.reservationId, fence: current.fence, isSold: current.sold },
            ];
          });
          if (owners.length > 0) return { outcome: 'taken' as const, owners };
          const mine = hold.seatIds
            .map((seatId) => held(seatId, nowMs))
            .find((current) => current !== undefined);
          const fence = mine?.fence ?? redis.epoch * epochFactor + ++redis.counter;
          for (const seatId of hold.seatIds) redis.holds.set(seatId, { ...hold, fence, sold: false });
          return { outcome: 'held' as const, fence };
        }),
      extend: (holder, expiresAtMs) =>
        this.network.call(process, () => {
          const { redis } = this;
          const held = holder.seatIds.map((seatId) => redis.holds.get(seatId));
          if (held.some((hold) => hold?.reservationId !== holder.reservationId)) return false;
          for (const seatId of holder.seatIds)
            redis.holds.set(seatId, { ...holder, expiresAtMs, sold: false });
          return true;
        }),
      release: ({ reservationId, seatIds }) =>
        this.network.call(process, () => {
          if (this.mutant === 'release-is-lost') return;
          for (const seatId of seatIds) {
            if (this.redis.holds.get(seatId)?.reservationId === reservationId)
              this.redis.holds.delete(seatId);
          }
        }),
      markSold: (holder) =>
        this.network.call(process, () => {
          for (const seatId of holder.seatIds) {
            const current = this.redis.holds.get(seatId);
            if (current !== undefined && current.fence > holder.fence) continue;
            this.redis.holds.set(seatId, { ...holder, expiresAtMs: 0, sold: true });
          }
        }),
    };
  }

  paymentStore(process: Process): PaymentStore {
    return {
      create: (payment) =>
        this.network.call(process, () => {
          const known = this.payments.get(payment.orderId);
          if (known !== undefined) return { created: false, payment: known };
          this.payments.set(payment.orderId, payment);
          return { created: true, payment };
        }),
      get: (orderId) => this.network.call(process, () => this.payments.get(orderId)),
      move: (change) =>
        this.network.call(process, () => {
          const payment = this.payments.get(change.orderId);
          if (payment === undefined || !change.from.includes(payment.state)) return { moved: false, payment };
          if (change.ifVersion !== undefined && change.ifVersion !== payment.version)
            return { moved: false, payment };
          if (!paymentCanBecome(payment.state, change.to)) {
            this.violate('a payment never leaves its drawn way', `${payment.state} to ${change.to}`);
          }
          const to: PaymentState =
            this.mutant === 'refund-forgets-to-write-first' && change.to === 'refunding'
              ? 'declined'
              : change.to;
          const after: Payment = {
            ...payment,
            state: to,
            updatedAtMs: change.nowMs,
            version: payment.version + 1,
            attempts: 0,
            refusals: 0,
            nextAttemptAtMs: change.due?.nextAttemptAtMs,
            ...(change.refunds === undefined ? {} : { refunds: [...change.refunds] }),
            ...(change.paymentKey === undefined ? {} : { paymentKey: change.paymentKey }),
          };
          this.payments.set(payment.orderId, after);
          this.note(`${payment.orderId} ${payment.state} to ${to}`);
          return { moved: true, payment: after };
        }),
      listDue: (dueClass, nowMs, limit) =>
        this.network.call(process, () =>
          [...this.payments.values()]
            .filter(
              ({ state }) => (state === 'approving' || state === 'declined') === (dueClass === 'undecided'),
            )
            .filter(({ nextAttemptAtMs }) => nextAttemptAtMs !== undefined && nextAttemptAtMs <= nowMs)
            .slice(0, limit)
            .map(({ orderId, userId, state, attempts = 0, nextAttemptAtMs }) => ({
              orderId,
              userId,
              state,
              attempts,
              nextAttemptAtMs,
            })),
        ),
      listWithoutTurn: () => this.network.call(process, () => []),
      takeTurn: ({ orderId, state, nextAttemptAtMs: seen }, _dueClass, nextAttemptAtMs) =>
        this.network.call(process, () => {
          const payment = this.payments.get(orderId);
          if (payment?.state !== state || payment.nextAttemptAtMs !== seen) return undefined;
          const after = { ...payment, nextAttemptAtMs, attempts: (payment.attempts ?? 0) + 1 };
          this.payments.set(orderId, after);
          return after;
        }),
      forgetTurn: (orderId, nextAttemptAtMs) =>
        this.network.call(process, () => {
          const payment = this.payments.get(orderId);
          if (payment?.nextAttemptAtMs === nextAttemptAtMs)
            this.payments.set(orderId, { ...payment, nextAttemptAtMs: undefined });
        }),
      noteRefusal: ({ orderId, askNumber, code }) =>
        this.network.call(process, () => {
          const payment = this.payments.get(orderId);
          if (payment === undefined) return 0;
          const refusals = (payment.refusals ?? 0) + 1;
          if ((payment.askNumber ?? 0) !== askNumber) return refusals - 1;
          this.payments.set(orderId, { ...payment, askNumber: askNumber + 1, refusals, lastRefusal: code });
          return refusals;
        }),
    };
  }

  /** The card behind some orders has no money; told by the order, so a repeat answers the same. */
  isRefusedOrder(orderId: string): boolean {
    return orderId.startsWith('order-buyer-7');
  }

  paymentProvider(process: Process): PaymentProvider {
    const answerOf = (record: ProviderRecord | undefined): ProviderPayment => {
      if (record === undefined) return { state: 'unknown' };
      if (record.declined) return { state: 'declined' };
      const { paymentKey, amountKrw } = record;
      const leftKrw = amountKrw - record.returnedKrw;
      const state = record.returnedKrw > 0 ? 'cancelled' : 'approved';
      return { state, paymentKey, amountKrw, leftKrw, cancels: [] };
    };
    return {
      confirm: ({ orderId, paymentKey, amountKrw }) =>
        this.network.call(process, () => {
          const known = this.provider.get(orderId);
          if (known !== undefined && this.mutant !== 'provider-without-idempotency') return answerOf(known);
          const isLate = this.scheduler.nowMs - (this.approvedAtMs.get(orderId) ?? 0) > providerSessionMs;
          const declined = isLate || this.isRefusedOrder(orderId);
          const chargedKrw = (known?.chargedKrw ?? 0) + (declined ? 0 : amountKrw);
          const record = {
            paymentKey,
            amountKrw,
            chargedKrw,
            returnedKrw: known?.returnedKrw ?? 0,
            declined,
          };
          this.provider.set(orderId, record);
          return answerOf(record);
        }),
      query: (orderId) => this.network.call(process, () => answerOf(this.provider.get(orderId))),
      cancel: ({ orderId }) =>
        this.network.call(process, () => {
          const record = this.provider.get(orderId);
          if (record !== undefined && !record.declined) record.returnedKrw = record.amountKrw;
          return answerOf(record);
        }),
    };
  }

  /** What must be true once everything has come to rest. */
  checkRest(): void {
    for (const payment of this.payments.values()) {
      const money = this.provider.get(payment.orderId);
      const kept = (money?.chargedKrw ?? 0) - (money?.returnedKrw ?? 0);
      const reservation = this.reservations.get(payment.reservationId);
      const bought = reservation?.state === 'confirmed' && reservation.orderId === payment.orderId;
      if (isUnsettled(payment.state))
        this.violate('every payment comes to an end', `${payment.orderId} ${payment.state}`);
      if (kept !== (bought ? payment.amountKrw : 0)) {
        this.violate(
          'money and reservation agree',
          `${payment.orderId} ${payment.state} kept ${kept}, bought ${bought}`,
        );
      }
    }
    for (const reservation of this.reservations.values()) {
      if (reservation.seatIds.length > seatsPerOrderMax)
        this.violate('orders are bounded', reservation.reservationId);
      if (reservation.state === 'claiming' || reservation.state === 'pending') {
        this.violate(
          'every reservation comes to an end',
          `${reservation.reservationId} ${reservation.state}`,
        );
      }
      if (reservation.state === 'confirmed') this.#checkSale(reservation);
    }
  }
}
