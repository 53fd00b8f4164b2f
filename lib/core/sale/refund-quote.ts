import type { UrrEvent } from '#contract/event.ts';
import type { AgreedTerms, Reservation } from '#contract/sale.ts';
import { UrrError } from '#core/errors.ts';
import { feeOf, type RefundTerms, refundTerms } from './refund-terms.ts';

type Show = Pick<UrrEvent, 'startsAt'> | undefined;

/**
 * The terms of the purchase. A reservation of an earlier release has none stored and keeps the terms of that release: no
 * fee until the event's `startsAt`.
 */
const agreedTerms = ({ terms }: Pick<Reservation, 'terms'>, event: Show): AgreedTerms =>
  terms ?? (event?.startsAt === undefined ? {} : { startsAt: event.startsAt });

interface PaidSeats {
  readonly reservation: Pick<Reservation, 'terms' | 'createdAtMs'>;
  /** Amount paid for each of the seats to refund. */
  readonly seatAmountsKrw: readonly number[];
}

const termsNow = ({ reservation, seatAmountsKrw }: PaidSeats, event: Show, nowMs: number): RefundTerms =>
  refundTerms(
    agreedTerms(reservation, event),
    { boughtAtMs: reservation.createdAtMs, seatAmountsKrw },
    nowMs,
  );

/**
 * Returns the won to refund for these seats now.
 *
 * @param shownKrw the amount that the buyer accepted; the fee may have increased since
 * @throws UrrError NOT_REFUNDABLE, REFUND_CHANGED (details.refundKrw)
 */
export function quoteRefund(paid: PaidSeats, event: Show, nowMs: number, shownKrw?: number): number {
  const { isRefundable, refundKrw } = termsNow(paid, event, nowMs);
  if (!isRefundable) throw new UrrError('NOT_REFUNDABLE', 'these seats can no longer be refunded');
  if (shownKrw !== undefined && refundKrw < shownKrw)
    throw new UrrError('REFUND_CHANGED', `the refund is now ${refundKrw} won; please confirm this amount`, {
      details: { refundKrw },
    });
  return refundKrw;
}

/** The refund of each seat as of now. A page adds up the seats that the buyer chooses. */
export function refundNow(
  paid: PaidSeats & { readonly seatIds: readonly string[] },
  event: Show,
  nowMs: number,
) {
  const { isRefundable, feePercent, untilMs } = termsNow(paid, event, nowMs);
  return {
    isRefundable,
    feePercent,
    ...(untilMs === null ? {} : { untilMs }),
    seats: paid.seatIds.map((seatId, index) => {
      const paidKrw = paid.seatAmountsKrw[index] ?? 0;
      return { seatId, paidKrw, refundKrw: paidKrw - feeOf(paidKrw, feePercent) };
    }),
  };
}
