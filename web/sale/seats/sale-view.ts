import type { CatalogueEvent } from '../../shared/answers.ts';
import { type Choice, type Digits, emptyChoice } from './map-choice.ts';
import type { SeatMap } from './map-layout.ts';

/** State of the seat page (sale.ts draws the transitions). */
export type SalePhase =
  | 'loading'
  | 'choosing'
  | 'reserving'
  | 'held'
  | 'leaving'
  | 'bought'
  | 'sign-in'
  | 'no-sale'
  | 'sale-ended'
  | 'refused';

export interface Hold {
  readonly reservationId: string;
  readonly eventId: string;
  readonly seatIds: readonly string[];
  readonly amountKrw: number;
  readonly createdAtMs: number;
  /** By the server's clock. */
  readonly expiresAtMs: number;
  readonly expiresAtMaxMs: number;
  /** Sent with every call about the hold. */
  readonly fence: number;
}

/** A message above the map or the hold; `seatIds` names the seats that it is about. */
export interface Notice {
  readonly kind:
    | 'taken'
    | 'none-together'
    | 'full'
    | 'account-full'
    | 'hold-expired'
    | 'released'
    | 'too-many'
    | 'cooling-down'
    | 'closed'
    | 'lost'
    | 'not-extended'
    | 'outside';
  readonly seatIds: readonly string[];
}

export type Task = 'extend' | 'release' | 'pay';

export interface SaleView {
  readonly phase: SalePhase;
  readonly event: CatalogueEvent | null;
  readonly map: SeatMap | null;
  readonly digits: Digits;
  readonly choice: Choice;
  /** Seats that the account may still have; null: not known. */
  readonly seatsLeft: number | null;
  readonly hold: Hold | null;
  /** The last minute of the hold has begun. */
  readonly isEnding: boolean;
  /** The call about the hold that is under way; the other buttons are disabled meanwhile. */
  readonly task: Task | null;
  readonly notice: Notice | null;
  readonly isReconnecting: boolean;
  readonly refusalCode: string | null;
  /** Server's clock minus this machine's. */
  readonly clockOffsetMs: number;
}

export const initialSale: SaleView = {
  phase: 'loading',
  event: null,
  map: null,
  digits: {},
  choice: emptyChoice,
  seatsLeft: null,
  hold: null,
  isEnding: false,
  task: null,
  notice: null,
  isReconnecting: false,
  refusalCode: null,
  clockOffsetMs: 0,
};

/** Limit of an order until the catalogue has answered. */
const seatsPerOrderUnknown = 4;
export const seatsMaxOf = (view: Pick<SaleView, 'event' | 'seatsLeft'>) =>
  Math.min(view.event?.seatsPerOrder ?? seatsPerOrderUnknown, view.seatsLeft ?? Number.POSITIVE_INFINITY);

/** The page warns when this much of the hold is left. */
export const endingMs = 60_000;
/** The extension is offered once a minute of the five is used: an unused hold has nothing to extend. */
const extendFromMs = 240_000;

export const remainingMs = (
  hold: { readonly expiresAtMs: number },
  clockOffsetMs: number,
  nowMs: number,
): number => Math.max(0, hold.expiresAtMs - nowMs - clockOffsetMs);

export const canExtend = (hold: Hold, leftMs: number) =>
  leftMs > 0 && leftMs <= extendFromMs && hold.expiresAtMs < hold.expiresAtMaxMs;

export const notice = (kind: Notice['kind'], seatIds: readonly string[] = []): Notice => ({ kind, seatIds });

/** The commands of the seat page (sale.ts). */
export interface Sale {
  view(): SaleView;
  start(): void;
  wake(): void;
  /** The tab is hidden: the statuses are not polled; heartbeats and the hold continue. */
  sleep(): void;
  lostNetwork(): void;
  /** Adds a seat to the choice or removes it, and returns the outcome for the announcement. */
  toggle(seatId: string): 'added' | 'removed' | 'taken' | 'full' | 'busy';
  setStanding(sectionId: string, people: number): void;
  /** Reserves the choice. */
  reserve(): Promise<void>;
  /** Reserves the best seats side by side. @param grade @default any grade */
  reserveBest(count: number, grade?: string): Promise<void>;
  extend(): Promise<void>;
  release(): Promise<void>;
  pay(): Promise<void>;
  /** Returns from a bought or refused sale to the map. */
  chooseAgain(): void;
  /** The page is being closed. */
  reportClosed(): void;
}
