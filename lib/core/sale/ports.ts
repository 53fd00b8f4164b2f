import type {
  ManualStep,
  Payment,
  PaymentState,
  Refund,
  Reservation,
  ReservationState,
  SeatLayout,
} from '#contract/sale.ts';
import type { DueClass } from '#contract/sale-tables.ts';

/**
 * The sale's ports. The DynamoDB, Redis and provider adapters implement them; the simulator runs rules and adapters
 * together under lost responses, repeats, pauses and crashes.
 *
 * Every write below is one conditional write of one item: it happens completely or not at all. An adapter may throw
 * UrrError('UNAVAILABLE') from any call, also after the write, so every call must be safe to repeat.
 */
export interface ReservationStore {
  /** Creates the reservation if its id is new; otherwise returns the stored one unchanged. */
  create(reservation: Reservation): Promise<{ created: boolean; reservation: Reservation }>;
  get(reservationId: string): Promise<Reservation | undefined>;
  /**
   * Moves it to `to` if its state is one of `from` (and, where given: its fence equals `ifFence`, its order is `ifOrderId`,
   * it ends no later than `ifExpiresAtMsMax`). Returns the reservation after the call. The same write adds the record for
   * statistics to the item's outbox, so a crash cannot lose it.
   */
  move(change: {
    reservationId: string;
    from: readonly ReservationState[];
    to: ReservationState;
    ifFence?: number;
    ifOrderId?: string;
    ifExpiresAtMsMax?: number;
    /** Set when it becomes confirmed. */
    orderId?: string;
  }): Promise<{ moved: boolean; reservation: Reservation | undefined }>;
  /** Sets a later end if it is still pending. */
  extend(
    reservationId: string,
    fence: number,
    expiresAtMs: number,
  ): Promise<{ moved: boolean; reservation: Reservation | undefined }>;
  /**
   * Lists single seats of a confirmed reservation as released, if `orderId` paid it and the list is longer than before: it
   * only grows. Returns the reservation after the call. `part` is the record for statistics.
   */
  giveBackSeats(change: {
    reservationId: string;
    orderId: string;
    /** All seats released so far, including the new ones. */
    givenBackSeatIds: readonly string[];
    part: { refundId: number; seats: number; amountKrw: number };
  }): Promise<{ moved: boolean; reservation: Reservation | undefined }>;
  /**
   * Overdue reservations from the sparse index, oldest first, at most `limit`. Those for which `isSetAside` returns true are
   * left out and do not count.
   */
  listOverdue(
    nowMs: number,
    limit: number,
    isSetAside?: (reservationId: string) => boolean,
  ): Promise<readonly string[]>;
}

/** Reads an account's reservations, for a cap that was not counted in earlier releases. */
export interface OwnReservations {
  /** Reservations of one account for one event; moments old. */
  listOfAccount(account: { eventId: string; userId: string }): Promise<readonly Reservation[]>;
}

/** A seat that counts against an account's cap, with its reservation. */
export interface AccountSeat {
  readonly reservationId: string;
  readonly seatId: string;
}

/** One record per event and account: the seats that count against its cap (docs/adr/0095). */
export interface AccountSeatStore {
  /** A consistent read. Undefined: there is no record yet. */
  get(account: { eventId: string; userId: string }): Promise<readonly AccountSeat[] | undefined>;
  /** Creates the record if there is none. */
  begin(account: { eventId: string; userId: string }, seats: readonly AccountSeat[]): Promise<void>;
  /**
   * Adds seats of one reservation if the record then names at most `seatsMax`, or names them already. Otherwise changes
   * nothing and returns the seats that it names; undefined: there is no record.
   */
  add(change: {
    eventId: string;
    userId: string;
    seats: readonly AccountSeat[];
    seatsMax: number;
  }): Promise<{ readonly added: boolean; readonly seats: readonly AccountSeat[] | undefined }>;
  /** Removes seats. A repeat changes nothing. */
  remove(account: { eventId: string; userId: string }, seats: readonly AccountSeat[]): Promise<void>;
}

/** The reservation that a seat points to; undefined: the seat was never claimed. */
interface SeatOwner {
  readonly reservationId: string | undefined;
  readonly fence: number;
}

export interface SeatStore {
  /**
   * Points the seat at `reservationId` with `fence`, if it points there already, or if its fence is smaller and it is
   * unowned or owned by `knownDead`. Otherwise changes nothing and returns the present owner.
   */
  claim(change: {
    eventId: string;
    seatId: string;
    reservationId: string;
    fence: number;
    knownDead?: string;
  }): Promise<{ claimed: true } | { claimed: false; owner: SeatOwner }>;
}

export interface SeatOwners {
  /** The reservation that each seat points to, without seats that were never claimed. */
  owners(
    eventId: string,
    seatIds: readonly string[],
  ): AsyncIterable<{ readonly seatId: string; readonly reservationId: string; readonly fence: number }>;
}

/** Seats with their reservation, account and fence. */
export type SeatHolder = Pick<Reservation, 'eventId' | 'reservationId' | 'userId' | 'fence'> & {
  readonly seatIds: readonly string[];
};

export interface Hold {
  readonly eventId: string;
  readonly seatIds: readonly string[];
  readonly userId: string;
  /** Names the hold: the reservation's id. */
  readonly reservationId: string;
  readonly expiresAtMs: number;
}

/** The reservation that Redis shows for a seat. `isSold`: without an end. */
export interface HintedOwner {
  readonly seatId: string;
  readonly reservationId: string;
  readonly fence: number;
  readonly isSold: boolean;
}

export type HoldOutcome =
  | { readonly outcome: 'held'; readonly fence: number }
  | { readonly outcome: 'taken'; readonly owners: readonly HintedOwner[] }
  | { readonly outcome: 'cooling-down' | 'too-many'; readonly retryAfterSeconds: number };

/** Holds in Redis: fast hints that decide no sale. Their loss loses no sale. */
export interface HoldStore {
  /** Holds all seats or none. A repeat for the same reservation returns the same fence while Redis keeps the hold. */
  hold(hold: Hold): Promise<HoldOutcome>;
  /** Extends a hold that still has all its seats. */
  extend(holder: SeatHolder, expiresAtMs: number): Promise<boolean>;
  /** Releases the seats that Redis still shows for this reservation. */
  release(holder: SeatHolder): Promise<void>;
  /** Shows the seats as sold until a refund. Leaves seats with a larger fence unchanged. */
  markSold(holder: SeatHolder): Promise<void>;
}

/** The state of seats at one instant of Redis's clock. */
export interface SeatSnapshot {
  /** False: this server started empty or was promoted, and the rebuild of its seats is not finished. */
  readonly isComplete: boolean;
  readonly nowMs: number;
  readonly version: number;
  /** One digit per requested seat: 0 available, 1 locked, 2 reserved. */
  readonly digits: string;
  /** End of the next hold; 0: there is none. */
  readonly earliestEndMs: number;
}

/** Reads the seats that Redis shows, and writes them again from DynamoDB. */
export interface SeatHintStore extends Pick<HoldStore, 'release' | 'markSold'> {
  /** At most 1,000 seats. */
  snapshot(eventId: string, seatIds: readonly string[]): Promise<SeatSnapshot>;
  /** At most 1,000 seats. Free seats are left out. */
  owners(eventId: string, seatIds: readonly string[]): Promise<readonly HintedOwner[]>;
  /** Shows seats as held until `endMs`, or as sold (0), except seats with a larger fence. */
  restore(holder: SeatHolder, endMs: number): Promise<void>;
  /** Returns the name of the Redis server to write to. Undefined: another worker has the turn. */
  takeTurn(eventId: string, turn: 'rebuild' | 'repair', worker: string): Promise<string | undefined>;
  /** Marks the snapshot complete. False: another Redis server has taken over since. */
  finishRebuild(eventId: string, server: string, worker: string): Promise<boolean>;
}

/** A reservation that owns seats and cannot be read. Its seats count as taken until the item is repaired. */
export interface UnreadableOwner {
  readonly reservationId: string;
  /** Undefined: this attribute is unreadable too; the seats' own items name their reservation. */
  readonly seatIds: readonly string[] | undefined;
}

/** Reservations that a rebuild reads from DynamoDB. */
export interface OwningReservations extends Pick<ReservationStore, 'get'> {
  /** All reservations of an event that own seats; moments old. Unreadable ones go to `onUnreadable`. */
  listOwning(eventId: string, onUnreadable: (owner: UnreadableOwner) => void): AsyncIterable<Reservation>;
}

export interface PaymentStore {
  create(payment: Payment): Promise<{ created: boolean; payment: Payment }>;
  get(orderId: string): Promise<Payment | undefined>;
  /**
   * Moves it if its state is one of `from` (and, where given, its version is `ifVersion`). Attempts and refusals count from 0
   * in each state. Returns the payment after the call.
   */
  move(change: {
    orderId: string;
    from: readonly PaymentState[];
    to: PaymentState;
    ifVersion?: number;
    paymentKey?: string;
    refunds?: readonly Refund[];
    /** Money refunded by this change, for statistics. `part`: the refund of single seats of an order that remains. */
    returned?: { readonly amountKrw: number; readonly part?: number };
    /** Added to the operators' entries. */
    manualStep?: ManualStep;
    /** The next attempt; undefined: the payment needs none. */
    due: { readonly dueClass: DueClass; readonly nextAttemptAtMs: number } | undefined;
    nowMs: number;
  }): Promise<{ moved: boolean; payment: Payment | undefined }>;
  /** Due payments of a class, the longest due first, at most `limit`; moments old. */
  listDue(dueClass: DueClass, nowMs: number, limit: number): Promise<readonly DuePayment[]>;
  /** Payments of a release without turns that did not change since `beforeMs`: they are due. Moments old. */
  listWithoutTurn(beforeMs: number, limit: number): Promise<readonly DuePayment[]>;
  /**
   * Takes the turn at a due payment: sets its next attempt, if no other worker has done so. Returns the payment; undefined:
   * another worker has the turn.
   */
  takeTurn(due: DuePayment, dueClass: DueClass, nextAttemptAtMs: number): Promise<Payment | undefined>;
  /** Removes the next attempt of a finished payment. Changes nothing if another next attempt is stored. */
  deleteTurn(orderId: string, nextAttemptAtMs: number): Promise<void>;
  /**
   * Raises the `askNumber` of a payment once per refusal, so that the next call has a new idempotency key, and counts lasting
   * refusals. Returns the number of lasting refusals in this state.
   */
  noteRefusal(refusal: {
    orderId: string;
    state: PaymentState;
    askNumber: number;
    code: string;
    isLasting: boolean;
  }): Promise<number>;
}

export interface DuePayment {
  readonly orderId: string;
  readonly userId: string;
  readonly state: PaymentState;
  readonly attempts: number;
  /** Undefined: written by a release without turns. */
  readonly nextAttemptAtMs: number | undefined;
}

/** A payment whose money was taken, as the provider returns it. */
interface CapturedPayment {
  /** `cancelled`: refunded completely; `partly-cancelled`: in part. */
  readonly state: 'approved' | 'partly-cancelled' | 'cancelled';
  readonly paymentKey: string;
  /** Amount taken. */
  readonly amountKrw: number;
  /** Amount not refunded. */
  readonly leftKrw: number;
  readonly cancels: readonly { readonly reason: string; readonly amountKrw: number }[];
}

export type ProviderPayment =
  | CapturedPayment
  /** A refusal. The same idempotency key would return it again; if `isLasting`, another key would too. */
  | { readonly state: 'refused'; readonly code: string; readonly isLasting: boolean }
  | { readonly state: 'declined' | 'unknown' | 'in-progress' };

/** The payment provider. Every call that changes something carries an idempotency key, so repeats have one effect. */
export interface PaymentProvider {
  /** Takes the money. Throws UNAVAILABLE when the response is lost; then `query` returns the state. */
  confirm(order: {
    orderId: string;
    paymentKey: string;
    amountKrw: number;
    idempotencyKey: string;
  }): Promise<ProviderPayment>;
  query(orderId: string): Promise<ProviderPayment>;
  /** Refunds `amountKrw`; by default everything left. */
  cancel(order: {
    orderId: string;
    paymentKey: string;
    amountKrw?: number;
    reason: string;
    idempotencyKey: string;
  }): Promise<ProviderPayment>;
}

export interface LayoutStore {
  get(eventId: string): Promise<SeatLayout | undefined>;
}

export interface Clock {
  nowMs(): number;
}
