import { describe, expect, it } from 'vitest';
import { formatCountdown, formatDateTime, formatKrw, formatWait } from '../../../../web/shared/format.ts';
import { inLanguage, pickLanguage } from '../../../../web/shared/language.ts';
import { messages } from '../../../../web/shared/messages.ts';

/** Every sentence with its path; sentences with numbers in them are asked with an example. */
function sentences(source: object, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(source)) {
    if (typeof value === 'string') found.set(path + name, value);
    else if (typeof value === 'function') found.set(path + name, String(value(1_234, 5_678)));
    else for (const [inner, text] of sentences(value, `${path}${name}.`)) found.set(inner, text);
  }
  return found;
}

describe('Korean and English', () => {
  const ko = sentences(messages.ko);
  const en = sentences(messages.en);
  /** Words that are the same on purpose: each names the other language, a Korean word has no unit in English. */
  const foreign = ['otherLanguage', 'aheadUnit'];

  it('say the same things', () => {
    expect([...en.keys()].sort()).toEqual([...ko.keys()].sort());
  });

  it('leave nothing unsaid and nothing in the other language', () => {
    for (const [name, text] of ko) {
      if (foreign.includes(name)) continue;
      expect(text, name).toMatch(/[가-힣]|\d/);
      expect(en.get(name), name).toMatch(/[A-Za-z\d]/);
      expect(en.get(name), name).not.toMatch(/[가-힣]/);
    }
  });

  it('put the number into every sentence that is given one', () => {
    for (const text of [messages.ko.ahead(12_345), messages.en.ahead(12_345)])
      expect(text).toContain('12,345');
    expect(messages.en.results(1)).toBe('1 event');
    expect(messages.en.results(2)).toBe('2 events');
  });
});

describe('the language of a page', () => {
  it('is the chosen one, else the first of the browser that the pages speak, else English', () => {
    expect(pickLanguage('en', ['ko-KR'])).toBe('en');
    expect(pickLanguage(null, ['fr', 'ko-KR', 'en'])).toBe('ko');
    expect(pickLanguage(null, ['EN-us', 'ko'])).toBe('en');
    expect(pickLanguage('kok', ['kok-IN', 'fr'])).toBe('en');
    expect(pickLanguage(null, [])).toBe('en');
  });

  it("falls back to the other language's text where an organizer wrote one alone", () => {
    expect(inLanguage({ ko: '안내', en: '' }, 'en')).toBe('안내');
    expect(inLanguage({ en: 'Notice' }, 'ko')).toBe('Notice');
    expect(inLanguage({}, 'ko')).toBeUndefined();
    expect(inLanguage(undefined, 'ko')).toBeUndefined();
  });
});

describe('numbers as people read them', () => {
  const wait = (lowSeconds: number, highSeconds: number, language: 'ko' | 'en' = 'en') =>
    formatWait({ lowSeconds, highSeconds }, language);

  it('gives a wait as a range of minutes that contains the measured one', () => {
    expect(wait(150, 290)).toBe('2–5 mins');
    expect(wait(150, 290, 'ko')).toBe('2~5분');
    expect(wait(61, 119)).toBe('1–2 mins');
  });

  it('does not pretend: under a minute is said as such, a long wait in half hours', () => {
    expect(wait(3, 59)).toBeNull();
    expect(wait(3, 60)).toBe('1 min');
    expect(wait(5_400, 9_000)).toBe('1.5–2.5 hrs');
    expect(wait(5_400, 9_000, 'ko')).toBe('1.5~2.5시간');
  });

  it('shows won without decimals', () => {
    expect(formatKrw(198_000, 'ko')).toBe('₩198,000');
    expect(formatKrw(198_000, 'en').replace(/\s/g, ' ')).toBe('KRW 198,000');
  });

  it('counts down to zero and no further', () => {
    expect(formatCountdown(61_000, 'en')).toBe('00:01:01');
    expect(formatCountdown(60_001, 'en')).toBe('00:01:01');
    expect(formatCountdown(-5, 'en')).toBe('00:00:00');
    expect(formatCountdown(90_061_000, 'en')).toBe('1 day 01:01:01');
    expect(formatCountdown(2 * 86_400_000, 'ko')).toBe('2일 00:00:00');
  });

  it('names the zone of a date, and shows nothing for a broken one', () => {
    expect(formatDateTime('2027-02-14T19:00:00+09:00', 'ko', 'Asia/Seoul')).toBe(
      '2027년 2월 14일 일요일 오후 7:00 GMT+9',
    );
    expect(formatDateTime('2027-02-14T19:00:00+09:00', 'en', 'Europe/London')).toContain('GMT');
    expect(formatDateTime('soon', 'en')).toBe('');
  });
});
