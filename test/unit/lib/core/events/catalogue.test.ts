import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventSchema, type UrrEvent } from '#contract/event.ts';
import { catalogueAnswerSchema, catalogueEventSchema } from '#contract/line-http.ts';
import { cataloguePageSize, listCatalogue, toCatalogueEvent } from '#core/events/catalogue.ts';
import { formatCursor, parseQuery } from '../../../../../functions/catalogue/query.ts';

const nowMs = Date.parse('2026-11-01T00:00:00Z');

const event = (eventId: string, more: Partial<UrrEvent> = {}): UrrEvent =>
  eventSchema.parse({
    eventId,
    onSale: 'live',
    isActive: true,
    titleKo: '봄밤의 콘서트',
    titleEn: 'A Spring Night Concert',
    createdAt: '2026-10-01T00:00:00Z',
    updatedAt: '2026-10-01T00:00:00Z',
    ...more,
  });

const all = { search: '', status: undefined, after: undefined };
const ids = (events: readonly UrrEvent[], query: Partial<Parameters<typeof listCatalogue>[1]>) =>
  listCatalogue(events, { ...all, ...query }, nowMs).events.map(({ eventId }) => eventId);

describe('the list of events', () => {
  it('an event shows its cap, its end and the refund steps not ended yet; a sale that has ended is closed', () => {
    const startsAt = '2026-11-05T19:00:00+09:00';
    const show = event('a', { startsAt, seatsPerAccount: 6, refundPolicy: 'booking-day, 10:0, 3:20, 1:30' });
    expect(catalogueEventSchema.parse(toCatalogueEvent(show, nowMs))).toMatchObject({
      state: 'open',
      seatsPerAccount: 6,
      salesEndAt: '2026-11-05T10:00:00.000Z',
      refund: {
        isFreeOnBookingDay: true,
        steps: [
          { feePercent: 20, until: '2026-11-02T15:00:00.000Z' },
          { feePercent: 30, until: '2026-11-04T15:00:00.000Z' },
        ],
      },
    });
    expect(toCatalogueEvent(show, Date.parse(startsAt))).toMatchObject({ state: 'closed' });
    expect(toCatalogueEvent(show, Date.parse(startsAt) - 1)).toMatchObject({ state: 'open' });
    expect(ids([event('over', { salesEndAt: '2026-10-31T00:00:00Z' })], { status: 'closed' })).toEqual([
      'over',
    ]);
    expect(toCatalogueEvent(event('b'), nowMs)).toMatchObject({
      seatsPerAccount: 4,
      refund: { isFreeOnBookingDay: false, steps: [{ feePercent: 0 }] },
    });
  });

  it('a search finds words in any order, in either language, in title or venue, in any case', () => {
    const events = [
      event('a', { venueEn: 'Olympic Hall' }),
      event('b', { titleKo: '여름', titleEn: 'Summer' }),
    ];
    expect(ids(events, { search: 'NIGHT spring' })).toEqual(['a']);
    expect(ids(events, { search: '콘서트 olympic' })).toEqual(['a']);
    expect(ids(events, { search: '여름' })).toEqual(['b']);
    expect(ids(events, { search: 'spring summer' })).toEqual([]);
  });

  it('a search finds decomposed Hangul from a phone', () => {
    expect(ids([event('a')], { search: '봄밤'.normalize('NFD') })).toEqual(['a']);
  });

  it('the list filters by the present state of an event', () => {
    const events = [
      event('soon', { opensAt: '2026-11-02T00:00:00Z' }),
      event('open'),
      event('paused', { isPaused: true }),
      event('off', { isActive: false }),
      event('gone', { isSoldOut: true }),
    ];
    expect(ids(events, { status: 'upcoming' })).toEqual(['soon']);
    expect(ids(events, { status: 'paused' })).toEqual(['paused']);
    expect(ids(events, { status: 'inactive' })).toEqual(['off']);
    expect(ids(events, { status: 'sold-out' })).toEqual(['gone']);
  });

  it('the list shows the soonest show first, events without a date last', () => {
    const events = [
      event('later', { startsAt: '2027-03-01T00:00:00Z' }),
      event('undated'),
      event('sooner', { startsAt: '2027-02-01T09:00:00+09:00' }),
    ];
    expect(ids(events, {})).toEqual(['sooner', 'later', 'undated']);
  });

  it('the pages of the list contain every event exactly once, by the cursors that clients send', () => {
    const date = fc.option(fc.constantFrom('2027-02-01T00:00:00Z', '2027-03-01T00:00:00Z'), {
      nil: undefined,
    });
    fc.assert(
      fc.property(fc.array(date, { minLength: 41, maxLength: 70 }), (dates) => {
        const events = dates.map((startsAt, n) =>
          event(`e-${n}`, startsAt === undefined ? {} : { startsAt }),
        );
        const seen: string[] = [];
        let query = parseQuery('');
        for (let page = 0; page < 10; page += 1) {
          const { events: listed, next } = listCatalogue(events, query, nowMs);
          seen.push(...listed.map(({ eventId }) => eventId));
          expect(listed.length).toBeLessThanOrEqual(cataloguePageSize);
          if (next === undefined) break;
          query = parseQuery(`cursor=${formatCursor(next)}`);
        }
        expect(seen).toEqual([...new Set(seen)]);
        expect(seen.sort()).toEqual(events.map(({ eventId }) => eventId).sort());
      }),
      { numRuns: 40 },
    );
  });

  it('a public event contains no rate, threshold, generation or shards', () => {
    const shown = toCatalogueEvent(event('a', { messageKo: '안내', venueKo: '홀' }), nowMs);
    // The schema is strict, so it refuses any other attribute.
    expect(catalogueEventSchema.parse(shown)).toEqual(shown);
    expect(catalogueAnswerSchema.parse({ events: [shown] })).toBeTruthy();
  });

  it('an event is gated only while it has a waiting room', () => {
    const isGated = (more: Partial<UrrEvent>) => toCatalogueEvent(event('a', more), nowMs).isGated;
    expect(isGated({})).toBe(true);
    expect(isGated({ isSoldOut: true })).toBe(true);
    expect(isGated({ isActive: false })).toBe(false);
    expect(isGated({ mode: 'queue' })).toBe(false);
    expect(isGated({ onSale: undefined })).toBe(false);
  });
});
