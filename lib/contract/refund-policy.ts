/**
 * Terms of refunds as one line of text, for the command line and the DynamoDB console:
 *
 *   booking-day, 10:0, 7:10, 3:20, 1:30
 *
 * `10:0`: no fee up to and including the 10th day before the show. `7:10`: then 10% up to the 7th day before it, and so on.
 * There are no refunds after the last step; `0:…` as the last one lasts until the show begins. `booking-day`: no fee on the
 * day of the booking, while refunds are possible. `none`: no refunds. Days are calendar days in Korea (UTC+9).
 */
interface RefundPolicy {
  /** Earliest first: days fall, fees never fall. Empty: no refunds. */
  readonly steps: readonly { readonly daysBefore: number; readonly feePercent: number }[];
  readonly isFreeOnBookingDay: boolean;
}

/** Policy of an event without one: no fee until the show begins. */
export const defaultRefundPolicy: RefundPolicy = {
  steps: [{ daysBefore: 0, feePercent: 0 }],
  isFreeOnBookingDay: false,
};

export const refundPolicyLengthMax = 200;
const daysMax = 365;

/** Undefined: not a policy. */
export function parseRefundPolicy(text: string): RefundPolicy | undefined {
  const words = text.trim().split(/\s*,\s*/);
  if (words.length === 1 && words[0] === 'none') return { steps: [], isFreeOnBookingDay: false };
  const isFreeOnBookingDay = words[0] === 'booking-day';
  const steps = (isFreeOnBookingDay ? words.slice(1) : words).map((word) => {
    const [, days, fee] = /^(\d{1,3}):(\d{1,3})$/.exec(word) ?? [];
    return { daysBefore: Number(days), feePercent: Number(fee) };
  });
  const isPolicy = steps.every(({ daysBefore, feePercent }, index) => {
    const before = steps[index - 1];
    const isInOrder =
      before === undefined || (daysBefore < before.daysBefore && feePercent >= before.feePercent);
    // A word that is not a step is NaN, which is within no bound.
    return daysBefore <= daysMax && feePercent <= 100 && isInOrder;
  });
  return isPolicy && steps.length > 0 ? { steps, isFreeOnBookingDay } : undefined;
}
