import type { UrrEvent } from '#contract/event.ts';
import type { AgreedTerms, Reservation } from '#contract/sale.ts';
import { UrrError } from '#core/errors.ts';
import { feeOf, type RefundTerms, refundTerms } from './refund-terms.ts';

type Show = Pick<UrrEvent, 'startsAt'> | undefined;

/**
 * What the buyer agreed to. A reservation of an earlier release keeps what held then: no fee, until the show begins as the
 * event says now.
 */
const agreedTerms = ({ terms }: Pick<Reservation, 'terms'>, event: Show): AgreedTerms =>
  terms ?? (event?.startsAt === undefined ? {} : { startsAt: event.startsAt });

export interface PaidSeats {
  readonly reservation: Pick<Reservation, 'terms' | 'createdAtMs'>;
  /** What was paid for each of the seats in question. */
  readonly seatAmountsKrw: readonly number[];
}

const termsNow = ({ reservation, seatAmountsKrw }: PaidSeats, event: Show, nowMs: number): RefundTerms =>
  refundTerms(
    agreedTerms(reservation, event),
    { boughtAtMs: reservation.createdAtMs, seatAmountsKrw },
    nowMs,
  );

/**
 * Won to give back for these seats now.
 *
 * @param shownKrw what the buyer was shown and said yes to; a fee may have grown since
 * @throws UrrError NOT_REFUNDABLE, REFUND_CHANGED (details.refundKrw)
 */
export function quoteRefund(paid: PaidSeats, event: Show, nowMs: number, shownKrw?: number): number {
  const { isRefundable, refundKrw } = termsNow(paid, event, nowMs);
  if (!isRefundable) throw new UrrError('NOT_REFUNDABLE', 'these seats can no longer be given back');
  if (shownKrw !== undefined && refundKrw < shownKrw)
    throw new UrrError('REFUND_CHANGED', 'less is given back by now, please look again', {
      details: { refundKrw },
    });
  return refundKrw;
}

/** What giving back comes to now, seat by seat: a page adds up whichever are chosen. */
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
