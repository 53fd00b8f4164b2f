import type { RefundOffer } from './answers.ts';
import { formatKoreanDay, formatKoreanTime, isKoreanMidnight } from './format.ts';
import type { Voice } from './mount.tsx';

/** One line of the policy: the last moment, and the fee until then. */
export interface RefundLine {
  readonly until: string;
  readonly fee: string;
}

/** Text of a step's end. The end is excluded, so a step that ends at midnight names the day before. */
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

/** The event's refund policy, which a buyer must see before buying. */
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
