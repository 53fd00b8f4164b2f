import type {
  ByHand,
  Payment,
  PaymentState,
  Refund,
  Reservation,
  ReservationState,
  SeatLayout,
} from '#contract/sale.ts';
import type { DueClass } from '#contract/sale-tables.ts';

/**
 * What the sale needs of the world. The DynamoDB, Redis and provider adapters implement these; the simulator plays
 * rules and adapters together, with lost answers, repeats, pauses and crashes.
 *
 * Every write below is one conditional write of one item: it either happened whole or not at all. An adapter may throw
 * UrrError('UNAVAILABLE') from any call, also after the write happened: callers must be safe to repeat.
 */
export interface ReservationStore {
  /** Creates it if the id is new; else answers the one that is there, unchanged. */
  create(reservation: Reservation): Promise<{ created: boolean; reservation: Reservation }>;
  get(reservationId: string): Promise<Reservation | undefined>;
  /**
   * Moves it to `to` if its state is one of `from` (and, where given: its fence equals `ifFence`, its order is `ifOrderId`,
   * it ends no later than `ifExpiresAtMsMax`). Answers the reservation as it is after the call. The same write adds what
   * statistics must hear to the item's outbox, so a crash cannot lose it.
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
   * Lists single seats of a confirmed reservation as given back, if `orderId` paid it and the list is longer than before:
   * it only grows. Answers the reservation as it is after the call; `part` is what statistics hear.
   */
  giveBackSeats(change: {
    reservationId: string;
    orderId: string;
    /** All that were ever given back, with the new ones. */
    givenBackSeatIds: readonly string[];
    part: { refundId: number; seats: number; amountKrw: number };
  }): Promise<{ moved: boolean; reservation: Reservation | undefined }>;
  /**
   * Undecided reservations whose end has come, at most `limit`, oldest first, from the sparse index. Those that `isSetAside`
   * names do not count.
   */
  listOverdue(
    nowMs: number,
    limit: number,
    isSetAside?: (reservationId: string) => boolean,
  ): Promise<readonly string[]>;
}

/** What the account's cap must know from before it was counted. */
export interface OwnReservations {
  /** Reservations of one account for one event; moments old. */
  listOfAccount(account: { eventId: string; userId: string }): Promise<readonly Reservation[]>;
}

/** A seat that counts against an account's cap, by the reservation that took it. */
export interface AccountSeat {
  readonly reservationId: string;
  readonly seatId: string;
}

/** One record per event and account: the seats that count against its cap (docs/adr/0095). */
export interface AccountSeatStore {
  /** Undefined: there is no record yet. Never an old copy. */
  get(account: { eventId: string; userId: string }): Promise<readonly AccountSeat[] | undefined>;
  /** Makes the record if there is none. */
  begin(account: { eventId: string; userId: string }, seats: readonly AccountSeat[]): Promise<void>;
  /**
   * Adds seats of one reservation if the record then names at most `seatsMax`, or names them already. Otherwise changes
   * nothing and answers what it names; undefined: there is no record.
   */
  add(change: {
    eventId: string;
    userId: string;
    seats: readonly AccountSeat[];
    seatsMax: number;
  }): Promise<{ readonly added: boolean; readonly seats: readonly AccountSeat[] | undefined }>;
  /** Takes them out. A repeat changes nothing. */
  remove(account: { eventId: string; userId: string }, seats: readonly AccountSeat[]): Promise<void>;
}

/** Who a seat points to. Absent owner: never claimed. */
export interface SeatOwner {
  readonly reservationId: string | undefined;
  readonly fence: number;
}

export interface SeatStore {
  /**
   * Points the seat at `reservationId` with `fence`, if it points there already, or if it is unowned or owned by
   * `knownDead`, and its fence is smaller. Otherwise changes nothing and answers the owner that stands.
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
  /** Who each of these seats points to; seats that were never claimed are left out. */
  owners(
    eventId: string,
    seatIds: readonly string[],
  ): AsyncIterable<{ readonly seatId: string; readonly reservationId: string; readonly fence: number }>;
}

/** Whose seats, and by which right. */
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

/** Who stands in Redis for a seat. `isSold`: without an end of its own. */
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

/** Redis: a fast hint, never the judge of a sale. Losing it loses no sale. */
export interface HoldStore {
  /** All or nothing. The same reservation may repeat; its fence is then the same while Redis remembers. */
  hold(hold: Hold): Promise<HoldOutcome>;
  /** Moves the end of a hold that still stands whole. */
  extend(holder: SeatHolder, expiresAtMs: number): Promise<boolean>;
  /** Frees those seats that still stand for this reservation. */
  release(holder: SeatHolder): Promise<void>;
  /** The seats are sold: shown so until a refund. A seat that a larger fence has is left alone. */
  markSold(holder: SeatHolder): Promise<void>;
}

/** How seats stand, at one instant of Redis's clock. */
export interface SeatSnapshot {
  /** False: this server came up empty or was promoted, and has not been told what is held and sold. */
  readonly isComplete: boolean;
  readonly nowMs: number;
  readonly version: number;
  /** One digit a seat asked for: 0 available, 1 locked, 2 reserved. */
  readonly digits: string;
  /** When the next hold ends; 0: none is held. */
  readonly earliestEndMs: number;
}

/** Reads what Redis shows, and tells it what durable storage says. */
export interface SeatHintStore extends Pick<HoldStore, 'release' | 'markSold'> {
  /** At most 1,000 seats. */
  snapshot(eventId: string, seatIds: readonly string[]): Promise<SeatSnapshot>;
  /** At most 1,000 seats; those that nobody stands for are left out. */
  owners(eventId: string, seatIds: readonly string[]): Promise<readonly HintedOwner[]>;
  /** Shows seats held until `endMs`, or sold (0), unless a larger fence has them. */
  restore(holder: SeatHolder, endMs: number): Promise<void>;
  /** Undefined: somebody else's turn. Otherwise the name of the server that is being told. */
  takeTurn(eventId: string, turn: 'rebuild' | 'repair', worker: string): Promise<string | undefined>;
  /** Everything was told. False: another server answers by now. */
  finishRebuild(eventId: string, server: string, worker: string): Promise<boolean>;
}

/** A reservation that owns seats and cannot be read: alive until it is mended, so its seats are taken. */
export interface UnreadableOwner {
  readonly reservationId: string;
  /** Undefined: this attribute is unreadable too, and the seats themselves say which are its own. */
  readonly seatIds: readonly string[] | undefined;
}

/** What a rebuild must know of durable storage. */
export interface OwningReservations extends Pick<ReservationStore, 'get'> {
  /** Reservations of an event that own seats, all of them; moments old. `onUnreadable` is told of the others. */
  listOwning(eventId: string, onUnreadable: (owner: UnreadableOwner) => void): AsyncIterable<Reservation>;
}

export interface PaymentStore {
  create(payment: Payment): Promise<{ created: boolean; payment: Payment }>;
  get(orderId: string): Promise<Payment | undefined>;
  /**
   * Moves it if its state is one of `from` (and, where given, its version is `ifVersion`). Attempts and refusals are counted
   * anew in each state. Answers the payment as it is after the call.
   */
  move(change: {
    orderId: string;
    from: readonly PaymentState[];
    to: PaymentState;
    ifVersion?: number;
    paymentKey?: string;
    refunds?: readonly Refund[];
    /** Money given back by this change: statistics hear of it. `part`: of an order that goes on. */
    returned?: { readonly amountKrw: number; readonly part?: number };
    /** Added to the operators' entries. */
    byHand?: ByHand;
    /** When it is looked at next; undefined: it is at rest. */
    due: { readonly dueClass: DueClass; readonly nextAttemptAtMs: number } | undefined;
    nowMs: number;
  }): Promise<{ moved: boolean; payment: Payment | undefined }>;
  /** Payments of a class that are due, at most `limit`, the longest due first; moments old. */
  listDue(dueClass: DueClass, nowMs: number, limit: number): Promise<readonly DuePayment[]>;
  /** Payments written by a release that knew no turns, untouched since `beforeMs`: they are due. Moments old. */
  listWithoutTurn(beforeMs: number, limit: number): Promise<readonly DuePayment[]>;
  /**
   * Takes the turn at a due payment: moves its next attempt, if nobody has meanwhile. Of several workers one gets it, and
   * with it the payment as it is. Undefined: somebody else has it.
   */
  takeTurn(due: DuePayment, dueClass: DueClass, nextAttemptAtMs: number): Promise<Payment | undefined>;
  /** The payment is at rest: nobody looks at it again. Changes nothing if its next attempt is another by now. */
  forgetTurn(orderId: string, nextAttemptAtMs: number): Promise<void>;
  /**
   * Raises the `askNumber` of a payment that was answered with a refusal, once for each, so that the next call has a fresh
   * idempotency key; counts those that last. Answers how many of these there are in this state.
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
  /** Undefined: of a release that knew no turns. */
  readonly nextAttemptAtMs: number | undefined;
}

/** A payment whose money was taken, as the provider shows it. */
export interface CapturedPayment {
  /** `cancelled`: all of it was given back; `partly-cancelled`: some of it. */
  readonly state: 'approved' | 'partly-cancelled' | 'cancelled';
  readonly paymentKey: string;
  /** What was taken. */
  readonly amountKrw: number;
  /** What was not given back. */
  readonly leftKrw: number;
  readonly cancels: readonly { readonly reason: string; readonly amountKrw: number }[];
}

export type ProviderPayment =
  | CapturedPayment
  /** An answer that refuses: the same idempotency key would get the same answer again. `isLasting`: another key would too. */
  | { readonly state: 'refused'; readonly code: string; readonly isLasting: boolean }
  | { readonly state: 'declined' | 'unknown' | 'in-progress' };

/** The payment provider. Every call that changes something carries an idempotency key, so repeats have one effect. */
export interface PaymentProvider {
  /** Takes the money. Throws UNAVAILABLE when the answer was lost: ask `query`. */
  confirm(order: {
    orderId: string;
    paymentKey: string;
    amountKrw: number;
    idempotencyKey: string;
  }): Promise<ProviderPayment>;
  query(orderId: string): Promise<ProviderPayment>;
  /** Gives `amountKrw` back; without it, all that is left. */
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
