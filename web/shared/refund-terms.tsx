import type { RefundOffer } from './answers.ts';
import { formatKoreanDay, formatKoreanTime, isKoreanMidnight } from './format.ts';
import type { Voice } from './mount.tsx';

/** One line of the policy: until when, and the fee up to then. */
export interface RefundLine {
  readonly until: string;
  readonly fee: string;
}

/** A step ends before its moment: at midnight, the day before is the last one. */
export function untilText(until: string | undefined, { t, language }: Voice): string {
  if (until === undefined) return t.refundAlways;
  const untilMs = Date.parse(until);
  return isKoreanMidnight(untilMs)
    ? t.refundByDay(formatKoreanDay(untilMs - 1, language))
    : t.refundByTime(formatKoreanTime(untilMs, language));
}

export const refundLines = (offer: RefundOffer, voice: Voice): RefundLine[] =>
  offer.steps.map(({ feePercent, until }) => ({
    until: untilText(until, voice),
    fee: feeText(feePercent, voice),
  }));

const feeText = (feePercent: number, { t }: Voice): string =>
  feePercent === 0 ? t.refundNoFee : t.refundFee(feePercent);

/** What is given back until when, as the event says it; shown before anyone buys. */
export function RefundTerms({ offer, voice }: { offer: RefundOffer; voice: Voice }) {
  const { t } = voice;
  const lines = refundLines(offer, voice);
  const hasEnd = offer.steps.at(-1)?.until !== undefined;
  if (lines.length === 0) return <p class="terms">{t.refundNever}</p>;
  return (
    <div class="terms">
      <ul>
        {lines.map(({ until, fee }) => (
          <li key={until}>
            <span>{until}</span>
            <span>{fee}</span>
          </li>
        ))}
      </ul>
      {offer.isFreeOnBookingDay && <p class="lead small">{t.refundBookingDay}</p>}
      {hasEnd && <p class="lead small">{`${t.refundAfter} ${t.refundKoreanTime}`}</p>}
    </div>
  );
}
