import { describe, expect, it } from 'vitest';
import { formatCountdown, formatDateTime, formatKrw, formatWait } from '../../../../web/shared/format.ts';
import { inLanguage, pickLanguage } from '../../../../web/shared/language.ts';
import { messages } from '../../../../web/shared/messages.ts';

/** Every text with its path; texts with arguments are called with an example. */
function sentences(source: object, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(source)) {
    if (typeof value === 'string') found.set(path + name, value);
    else if (typeof value === 'function') found.set(path + name, String(value(1_234, 5_678)));
    else for (const [inner, text] of sentences(value, `${path}${name}.`)) found.set(inner, text);
  }
  return found;
}

describe('the texts in Korean and English', () => {
  const ko = sentences(messages.ko);
  const en = sentences(messages.en);
  /** Words that are the same on purpose: each names the other language, a Korean word has no unit in English. */
  const foreign = ['otherLanguage', 'aheadUnit'];

  it('both languages have the same texts', () => {
    expect([...en.keys()].sort()).toEqual([...ko.keys()].sort());
  });

  it('no text is empty or in the other language', () => {
    for (const [name, text] of ko) {
      if (foreign.includes(name)) continue;
      expect(text, name).toMatch(/[가-힣]|\d/);
      expect(en.get(name), name).toMatch(/[A-Za-z\d]/);
      expect(en.get(name), name).not.toMatch(/[가-힣]/);
    }
  });

  it('every text with a number contains it', () => {
    for (const text of [messages.ko.ahead(12_345), messages.en.ahead(12_345)])
      expect(text).toContain('12,345');
    expect(messages.en.results(1)).toBe('1 event');
    expect(messages.en.results(2)).toBe('2 events');
  });
});

describe('the language of a page', () => {
  it('the language is the chosen one, else the first supported one of the browser, else English', () => {
    expect(pickLanguage('en', ['ko-KR'])).toBe('en');
    expect(pickLanguage(null, ['fr', 'ko-KR', 'en'])).toBe('ko');
    expect(pickLanguage(null, ['EN-us', 'ko'])).toBe('en');
    expect(pickLanguage('kok', ['kok-IN', 'fr'])).toBe('en');
    expect(pickLanguage(null, [])).toBe('en');
  });

  it('a text that an organizer wrote in one language is shown in both', () => {
    expect(inLanguage({ ko: '안내', en: '' }, 'en')).toBe('안내');
    expect(inLanguage({ en: 'Notice' }, 'ko')).toBe('Notice');
    expect(inLanguage({}, 'ko')).toBeUndefined();
    expect(inLanguage(undefined, 'ko')).toBeUndefined();
  });
});

describe('numbers on the pages', () => {
  const wait = (lowSeconds: number, highSeconds: number, language: 'ko' | 'en' = 'en') =>
    formatWait({ lowSeconds, highSeconds }, language);

  it('a wait is a range of minutes that contains the measured range', () => {
    expect(wait(150, 290)).toBe('2–5 mins');
    expect(wait(150, 290, 'ko')).toBe('2~5분');
    expect(wait(61, 119)).toBe('1–2 mins');
  });

  it('a wait under a minute has no range, and a long wait is in half hours', () => {
    expect(wait(3, 59)).toBeNull();
    expect(wait(3, 60)).toBe('1 min');
    expect(wait(5_400, 9_000)).toBe('1.5–2.5 hrs');
    expect(wait(5_400, 9_000, 'ko')).toBe('1.5~2.5시간');
  });

  it('won have no decimals', () => {
    expect(formatKrw(198_000, 'ko')).toBe('₩198,000');
    expect(formatKrw(198_000, 'en').replace(/\s/g, ' ')).toBe('KRW 198,000');
  });

  it('a countdown stops at zero', () => {
    expect(formatCountdown(61_000, 'en')).toBe('00:01:01');
    expect(formatCountdown(60_001, 'en')).toBe('00:01:01');
    expect(formatCountdown(-5, 'en')).toBe('00:00:00');
    expect(formatCountdown(90_061_000, 'en')).toBe('1 day 01:01:01');
    expect(formatCountdown(2 * 86_400_000, 'ko')).toBe('2일 00:00:00');
  });

  it('a date names its time zone, and an invalid date is empty', () => {
    expect(formatDateTime('2027-02-14T19:00:00+09:00', 'ko', 'Asia/Seoul')).toBe(
      '2027년 2월 14일 일요일 오후 7:00 GMT+9',
    );
    expect(formatDateTime('2027-02-14T19:00:00+09:00', 'en', 'Europe/London')).toContain('GMT');
    expect(formatDateTime('soon', 'en')).toBe('');
  });
});
