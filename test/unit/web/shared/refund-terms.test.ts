import { describe, expect, it } from 'vitest';
import { messages } from '../../../../web/shared/messages.ts';
import { refundLines } from '../../../../web/shared/refund-terms.tsx';

const voice = (language: 'ko' | 'en') => ({ language, t: messages[language] });
const offer = {
  isFreeOnBookingDay: true,
  steps: [
    // Midnight in Korea: the day before is the last one.
    { feePercent: 0, until: '2026-12-09T15:00:00.000Z' },
    { feePercent: 30, until: '2026-12-18T08:00:00.000Z' },
  ],
};

describe('the text of a refund policy', () => {
  it('a step names its last day in Korea, or the time if it ends within a day', () => {
    expect(refundLines(offer, voice('ko'))).toEqual([
      { until: '2026년 12월 9일 수요일까지', fee: '수수료 없음' },
      { until: '2026년 12월 18일 금요일 오후 5:00 전까지', fee: '결제 금액의 30%' },
    ]);
    expect(refundLines(offer, voice('en'))).toEqual([
      { until: 'Until the end of Wed, 9 December 2026', fee: 'No fee' },
      { until: 'Before Fri, 18 December 2026 at 17:00', fee: '30% of the price' },
    ]);
  });

  it('a policy of a show without a date names no date', () => {
    const open = { isFreeOnBookingDay: false, steps: [{ feePercent: 0, until: undefined }] };
    expect(refundLines(open, voice('ko'))).toEqual([{ until: '기한 없이', fee: '수수료 없음' }]);
  });
});
