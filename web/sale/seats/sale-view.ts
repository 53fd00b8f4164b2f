import type { CatalogueEvent } from '../../shared/answers.ts';
import { type Choice, type Digits, emptyChoice } from './map-choice.ts';
import type { SeatMap } from './map-layout.ts';

/** Where a buyer stands (sale.ts draws the ways between them). */
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
  /** Presented with every call about it. */
  readonly fence: number;
}

/** Something happened that the buyer should know; `seatIds` where it is about seats. */
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
  /** Seats that the account may still have, as far as the server has said. */
  readonly seatsLeft: number | null;
  readonly hold: Hold | null;
  /** The last minute of the hold has begun. */
  readonly isEnding: boolean;
  /** Under way; nothing else may be pressed meanwhile. */
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

/** Until the catalogue has told this event's own. */
const seatsPerOrderUnknown = 4;
export const seatsMaxOf = (view: Pick<SaleView, 'event' | 'seatsLeft'>) =>
  Math.min(view.event?.seatsPerOrder ?? seatsPerOrderUnknown, view.seatsLeft ?? Number.POSITIVE_INFINITY);

/** From here on the buyer is told that the end is near. */
export const endingMs = 60_000;
/** More time is offered once a buyer has used some. */
const extendFromMs = 240_000;

export const remainingMs = (
  hold: { readonly expiresAtMs: number },
  clockOffsetMs: number,
  nowMs: number,
): number => Math.max(0, hold.expiresAtMs - nowMs - clockOffsetMs);

export const canExtend = (hold: Hold, leftMs: number) =>
  leftMs > 0 && leftMs <= extendFromMs && hold.expiresAtMs < hold.expiresAtMaxMs;

export const notice = (kind: Notice['kind'], seatIds: readonly string[] = []): Notice => ({ kind, seatIds });

/** What a page can do with a sale (sale.ts). */
export interface Sale {
  view(): SaleView;
  start(): void;
  wake(): void;
  /** Nobody looks at the page: the map is not asked about, the visit and the hold go on. */
  sleep(): void;
  lostNetwork(): void;
  /** Picks a seat or puts it back; says what came of it. */
  toggle(seatId: string): 'added' | 'removed' | 'taken' | 'full' | 'busy';
  setStanding(sectionId: string, people: number): void;
  /** Reserves what was picked. */
  reserve(): Promise<void>;
  /** Reserves the best places, together. */
  reserveBest(count: number, grade?: string): Promise<void>;
  extend(): Promise<void>;
  release(): Promise<void>;
  pay(): Promise<void>;
  /** From a bought or refused sale back to the map. */
  chooseAgain(): void;
  /** The page is being closed. */
  reportClosed(): void;
}
