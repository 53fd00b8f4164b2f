import type { Refusal } from '../../shared/api.ts';
import { readOr } from '../../shared/decode.ts';
import { wayBack } from '../payment/checkout.ts';
import { leftDetails, overDetails, reasonDetails, takenDetails } from './answers.ts';
import type { Wish } from './map-choice.ts';
import { type Notice, notice, type SalePhase } from './sale-view.ts';

/** What a refusal means for the page: read from the code and the details, never from the text. */
export type Meaning =
  /** The page has nothing more to do. */
  | { readonly kind: 'ended'; readonly phase: SalePhase; readonly code: string }
  /** The pass or entry token has expired; that page issues a new one. */
  | { readonly kind: 'leave'; readonly href: string }
  | { readonly kind: 'hold-ended'; readonly isBought: boolean }
  | { readonly kind: 'taken'; readonly seatIds: readonly string[]; readonly notice: Notice }
  | {
      readonly kind: 'notice';
      readonly notice: Notice;
      /** The choice is no longer valid and is cleared. @default the choice stays */
      readonly isChoiceVoid?: true;
    }
  /** The order exceeds the seats that the account has left. */
  | { readonly kind: 'account-full'; readonly left: number };

const phases: Readonly<Record<string, SalePhase>> = {
  NOT_SIGNED_IN: 'sign-in',
  EVENT_NOT_FOUND: 'no-sale',
  NOT_FOUND: 'no-sale',
  SALE_ENDED: 'sale-ended',
  WRONG_ACCOUNT: 'refused',
  FORBIDDEN: 'refused',
  BAD_REQUEST: 'refused',
};

/** The meaning for any call; null: a repeat may succeed. */
export function meaningOf(answer: Refusal, eventId: string): Meaning | null {
  if (answer.kind === 'lost') return null;
  const href = wayBack(answer.code, eventId);
  if (href !== null) return { kind: 'leave', href };
  const phase = phases[answer.code];
  return phase === undefined ? null : { kind: 'ended', phase, code: answer.code };
}

/** The meaning for extend, release and prepare, whose refusal names the state of the reservation. */
export function meaningForHold(answer: Refusal, eventId: string): Meaning | null {
  const code = answer.kind === 'refused' ? answer.code : '';
  if (answer.kind === 'refused' && code === 'RESERVATION_OVER')
    return { kind: 'hold-ended', isBought: readOr(answer.details, overDetails)?.state === 'confirmed' };
  if (code === 'FENCE_REFUSED' || code === 'NOT_FOUND') return { kind: 'hold-ended', isBought: false };
  return meaningOf(answer, eventId);
}

const reasons: Readonly<Record<string, Notice['kind']>> = {
  'too-many': 'too-many',
  'cooling-down': 'cooling-down',
};

export function meaningForReserve(answer: Refusal, eventId: string, wish: Wish): Meaning {
  if (answer.kind === 'lost') return { kind: 'notice', notice: notice('lost') };
  switch (answer.code) {
    case 'SEATS_TAKEN': {
      const seatIds = readOr(answer.details, takenDetails)?.seatIds ?? [];
      const kind = 'bestAvailable' in wish ? 'none-together' : 'taken';
      return { kind: 'taken', seatIds, notice: notice(kind, seatIds) };
    }
    case 'TOO_MANY_REQUESTS': {
      const reason = readOr(answer.details, reasonDetails)?.reason ?? '';
      return { kind: 'notice', notice: notice(reasons[reason] ?? 'lost') };
    }
    case 'SEATS_PER_ACCOUNT':
      return { kind: 'account-full', left: readOr(answer.details, leftDetails)?.left ?? 0 };
    case 'CONFLICT':
      return { kind: 'notice', notice: notice('closed') };
    case 'RESERVATION_OVER':
      return { kind: 'notice', notice: notice('hold-expired') };
    case 'BAD_REQUEST':
      // This wish is invalid, not the visit: the layout or the limit has changed meanwhile.
      return { kind: 'notice', notice: notice('taken'), isChoiceVoid: true };
    default:
      return meaningOf(answer, eventId) ?? { kind: 'notice', notice: notice('lost') };
  }
}
