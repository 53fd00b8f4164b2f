import type { Language } from './language.ts';

const locale = { ko: 'ko-KR', en: 'en-GB' } as const;

export const formatNumber = (value: number, language: Language) =>
  new Intl.NumberFormat(locale[language]).format(value);

/** Whole won: the currency has no smaller unit. */
export const formatKrw = (amountKrw: number, language: Language) =>
  new Intl.NumberFormat(locale[language], {
    style: 'currency',
    currency: 'KRW',
    currencyDisplay: language === 'ko' ? 'symbol' : 'code',
    maximumFractionDigits: 0,
  }).format(amountKrw);

/**
 * Date and time in the visitor's time zone, with its name, because visitors come from several.
 *
 * @param timeZone
 * @default the browser's
 */
export function formatDateTime(iso: string, language: Language, timeZone?: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  return new Intl.DateTimeFormat(locale[language], {
    ...dayOf(language),
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(date);
}

const korea = 'Asia/Seoul';
const koreaMs = 9 * 3_600_000;

/** Refund policies count days in Korea, wherever the buyer is. */
export const isKoreanMidnight = (atMs: number): boolean => (atMs + koreaMs) % 86_400_000 === 0;

const dayOf = (language: Language) =>
  ({
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    weekday: language === 'ko' ? 'long' : 'short',
  }) as const;

export const formatKoreanDay = (atMs: number, language: Language): string =>
  new Intl.DateTimeFormat(locale[language], { ...dayOf(language), timeZone: korea }).format(atMs);

export const formatKoreanTime = (atMs: number, language: Language): string =>
  new Intl.DateTimeFormat(locale[language], {
    ...dayOf(language),
    hour: 'numeric',
    minute: '2-digit',
    timeZone: korea,
  }).format(atMs);

export interface WaitRange {
  readonly lowSeconds: number;
  readonly highSeconds: number;
}

/** From here on a wait is in half hours: minutes would be more exact than the measured rate. */
const hoursFromSeconds = 90 * 60;

/** A range such as `3–5 min` or `1.5–2 hr`; null: under a minute at most. */
export function formatWait(range: WaitRange, language: Language): string | null {
  if (range.highSeconds < 60) return null;
  const hours = range.highSeconds >= hoursFromSeconds;
  const step = hours ? 1800 : 60;
  const perUnit = hours ? 3600 : 60;
  const low = Math.max(step, Math.floor(range.lowSeconds / step) * step) / perUnit;
  const high = Math.max(step, Math.ceil(range.highSeconds / step) * step) / perUnit;
  const format = new Intl.NumberFormat(locale[language], {
    style: 'unit',
    unit: hours ? 'hour' : 'minute',
    unitDisplay: 'short',
    maximumFractionDigits: 1,
  });
  return low === high ? format.format(high) : format.formatRange(low, high);
}

/** Time left as `HH:MM:SS`, with the days before it if there are any. */
export function formatCountdown(ms: number, language: Language): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const days = Math.floor(seconds / 86_400);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
    .map(two)
    .join(':');
  if (days === 0) return clock;
  const dayText = new Intl.NumberFormat(locale[language], {
    style: 'unit',
    unit: 'day',
    unitDisplay: 'long',
  });
  return `${dayText.format(days)} ${clock}`;
}
