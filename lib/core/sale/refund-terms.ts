import { defaultRefundPolicy, parseRefundPolicy } from '#contract/refund-policy.ts';
import type { AgreedTerms } from '#contract/sale.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** Offset of Korea, which has no daylight saving time. */
const koreaMs = 9 * 60 * 60 * 1000;
const dayOf = (atMs: number) => Math.floor((atMs + koreaMs) / dayMs);
const beginOfDayMs = (day: number) => day * dayMs - koreaMs;

/** A fee that applies from the end of the previous step (the first one: from the booking) until `untilMs`. */
interface RefundStep {
  readonly feePercent: number;
  /** Exclusive; null: without an end. */
  readonly untilMs: number | null;
}

/** The event's terms, as a reservation stores them. */
export const termsOf = ({ refundPolicy, refundUntil, startsAt }: AgreedTerms): AgreedTerms => ({
  ...(refundPolicy === undefined ? {} : { refundPolicy }),
  ...(refundUntil === undefined ? {} : { refundUntil }),
  ...(startsAt === undefined ? {} : { startsAt }),
});

export const refundPolicyOf = ({ refundPolicy }: AgreedTerms) =>
  (refundPolicy === undefined ? undefined : parseRefundPolicy(refundPolicy)) ?? defaultRefundPolicy;

/**
 * The steps with their times, earliest first. No step ends after the beginning of the show or `refundUntil`. For a show
 * without a date the first step applies without an end.
 */
export function refundSteps(terms: AgreedTerms): readonly RefundStep[] {
  const { steps } = refundPolicyOf(terms);
  const startMs = terms.startsAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(terms.startsAt);
  const untilMs = terms.refundUntil === undefined ? Number.POSITIVE_INFINITY : Date.parse(terms.refundUntil);
  const lastMs = Math.min(startMs, untilMs);
  const shown: RefundStep[] = [];
  let beganMs = Number.NEGATIVE_INFINITY;
  for (const { daysBefore, feePercent } of steps) {
    const endMs = Math.min(lastMs, beginOfDayMs(dayOf(startMs) - daysBefore + 1));
    if (endMs <= beganMs) break;
    shown.push({ feePercent, untilMs: Number.isFinite(endMs) ? endMs : null });
    beganMs = endMs;
  }
  return shown;
}

export interface RefundTerms {
  readonly isRefundable: boolean;
  readonly feePercent: number;
  /** Whole won. Each seat's fee is rounded down, so refunds in parts come to the same amount as one refund. */
  readonly feeKrw: number;
  readonly refundKrw: number;
  /** End of these figures, exclusive; null: without an end, or not refundable. */
  readonly untilMs: number | null;
  readonly steps: readonly RefundStep[];
}

export const feeOf = (amountKrw: number, feePercent: number): number =>
  Math.floor((amountKrw * feePercent) / 100);

/** The refund as of now for seats bought at `boughtAtMs` for `seatAmountsKrw`. */
export function refundTerms(
  terms: AgreedTerms,
  bought: { readonly boughtAtMs: number; readonly seatAmountsKrw: readonly number[] },
  nowMs: number,
): RefundTerms {
  const steps = refundSteps(terms);
  const step = steps.find(({ untilMs }) => untilMs === null || nowMs < untilMs);
  const paidKrw = sum(bought.seatAmountsKrw);
  if (step === undefined)
    return { isRefundable: false, feePercent: 100, feeKrw: paidKrw, refundKrw: 0, untilMs: null, steps };
  const { feePercent, untilMs } = feeNow(
    terms,
    step,
    steps.at(-1)?.untilMs ?? null,
    bought.boughtAtMs,
    nowMs,
  );
  const feeKrw = sum(bought.seatAmountsKrw.map((amountKrw) => feeOf(amountKrw, feePercent)));
  return { isRefundable: true, feePercent, feeKrw, refundKrw: paidKrw - feeKrw, untilMs, steps };
}

/** Applies the waiver of the fee on the day of the booking, which never outlasts the last step. */
function feeNow(
  terms: AgreedTerms,
  step: RefundStep,
  lastMs: number | null,
  boughtAtMs: number,
  nowMs: number,
): RefundStep {
  const isWaived = refundPolicyOf(terms).isFreeOnBookingDay && dayOf(nowMs) <= dayOf(boughtAtMs);
  if (!isWaived || step.feePercent === 0) return step;
  const midnightMs = beginOfDayMs(dayOf(boughtAtMs) + 1);
  return { feePercent: 0, untilMs: lastMs === null ? midnightMs : Math.min(midnightMs, lastMs) };
}

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);
