import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authPaths, signInProblems } from '#contract/accounts.ts';
import { eventStateSchema, lineModeSchema } from '#contract/event.ts';
import {
  type AssignAnswer,
  assignAnswerSchema,
  type CatalogueEvent,
  catalogueAnswerSchema,
  checkAnswerSchema,
  type StatusDocument,
  statusDocumentSchema,
} from '#contract/line-http.ts';
import { queueAnswerSchema } from '#contract/queue-http.ts';
import { routes } from '#contract/routes.ts';
import { queueAnswer } from '../../../../web/queue/answers.ts';
import { api, eventIdOf, pages, wayIn } from '../../../../web/shared/addresses.ts';
import {
  assignAnswer,
  catalogueAnswer,
  checkAnswer,
  statusDocument,
} from '../../../../web/shared/answers.ts';
import { retryAfterSeconds } from '../../../../web/shared/api.ts';
import { ShapeError } from '../../../../web/shared/decode.ts';
import { messages } from '../../../../web/shared/messages.ts';

const count = fc.nat();
const list = fc.array(count, { minLength: 1, maxLength: 64 });
const isoDate = fc
  .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((d) => d.toISOString());
const maybe = <T>(arbitrary: fc.Arbitrary<T>, name: string) =>
  fc.option(arbitrary, { nil: undefined }).map((value) => (value === undefined ? {} : { [name]: value }));

const statusAnswers: fc.Arbitrary<StatusDocument> = fc
  .tuple(
    fc.record({
      eventId: fc.constant('spring'),
      state: fc.constantFrom(...eventStateSchema.options),
      mode: fc.constantFrom(...lineModeSchema.options),
      generation: fc.integer({ min: 1, max: 1000 }),
      serving: list,
      issued: list,
      expired: list,
      claimWindowSeconds: fc.integer({ min: 1, max: 3600 }),
      reached: fc.array(fc.record({ level: count, atMs: count }), { maxLength: 9 }),
      totals: fc.record({ joined: count, called: count, waiting: count }),
      ratePerMinute: fc.option(fc.record({ low: fc.double({ min: 0, max: 1e6, noNaN: true }), high: count })),
      pollBands: fc.array(
        fc.record({ aheadMax: fc.option(count), seconds: fc.integer({ min: 1, max: 99 }) }),
        {
          minLength: 1,
          maxLength: 8,
        },
      ),
      serverTimeMs: count,
    }),
    maybe(isoDate, 'opensAt'),
    maybe(fc.constantFrom({}, { ko: '안내' }, { en: 'Notice' }), 'message'),
  )
  .map((parts) => Object.assign({}, ...parts));

const overTheWire = (value: object): object => JSON.parse(JSON.stringify(value));

describe('the readers of the pages', () => {
  it('the reader accepts every status document of the contract', () => {
    fc.assert(
      fc.property(statusAnswers, (answer) => {
        expect(statusDocumentSchema.safeParse(overTheWire(answer)).success).toBe(true);
        expect(answer).toMatchObject(overTheWire(statusDocument(overTheWire(answer))));
      }),
    );
  });

  it('the readers accept every answer to assign and check', () => {
    const assigned: AssignAnswer = {
      requestId: '0f8fad5b-d9cb-469f-a165-70867728950e',
      position: 3,
      place: { shard: 1, seq: 2 },
      generation: 1,
      peopleAhead: 2,
      estimatedWait: null,
      servingCounter: 0,
      nextPoll: 2,
    };
    expect(assignAnswerSchema.parse(assigned)).toMatchObject(overTheWire(assignAnswer(assigned)));
    const estimatedWait = { lowSeconds: 1, highSeconds: 2 };
    for (const answer of [
      { state: 'admitted', redirectTo: '/queue/spring' },
      { state: 'admitted', redirectTo: '/queue/spring', passExpiresAt: '2026-11-01T00:00:00Z' },
      { state: 'waiting', position: 1, peopleAhead: 0, servingCounter: 0, estimatedWait, nextPoll: 2 },
      { state: 'expired' },
      { state: 'superseded' },
    ]) {
      expect(checkAnswerSchema.parse(answer)).toMatchObject(overTheWire(checkAnswer(answer)));
    }
  });

  it('the reader accepts every answer of the queue', () => {
    const totals = { currentUsers: 1, threshold: 1000, eventState: 'open', nextPoll: 1 };
    for (const answer of [
      { state: 'waiting', position: 1, peopleAhead: 0, peopleBehind: 4, estimatedWait: null, ...totals },
      { state: 'absent', ...totals },
      {
        state: 'admitted',
        admissionId: 'a',
        entryToken: 't',
        entryExpiresAt: '2026-11-01T00:00:00Z',
        redirectTo: '/seats/spring',
        ...totals,
      },
    ]) {
      expect(queueAnswerSchema.parse(answer)).toMatchObject(overTheWire(queueAnswer(answer)));
    }
  });

  it('the reader accepts the events of the catalogue', () => {
    const event: CatalogueEvent = {
      eventId: 'spring',
      state: 'open',
      mode: 'both',
      isGated: true,
      requiresSignIn: false,
      title: { ko: '봄', en: 'Spring' },
      venue: { en: 'Hall' },
      prices: [{ grade: 'R', amountKrw: 1 }],
      seatsPerOrder: 4,
      seatsPerAccount: 6,
      salesEndAt: '2026-12-24T10:00:00.000Z',
      refund: {
        steps: [{ feePercent: 10, until: '2026-12-20T15:00:00.000Z' }],
        isFreeOnBookingDay: true,
      },
    };
    const answer = { events: [event], cursor: 'abc' };
    expect(catalogueAnswerSchema.parse(answer)).toMatchObject(overTheWire(catalogueAnswer(answer)));
  });

  it('the readers refuse every other shape', () => {
    for (const wrong of [
      null,
      [],
      'x',
      1,
      {},
      { state: 'open' },
      { ...assignAnswer, position: -1 },
      { requestId: 1 },
    ]) {
      expect(() => assignAnswer(wrong)).toThrow(ShapeError);
      expect(() => statusDocument(wrong)).toThrow(ShapeError);
      expect(() => checkAnswer(wrong)).toThrow(ShapeError);
    }
    expect(() => checkAnswer({ state: 'constructor' })).toThrow(ShapeError);
  });

  it('the reader ignores unknown members, as a newer server sends them', () => {
    expect(checkAnswer({ state: 'expired', since: 1 })).toEqual({ state: 'expired' });
  });
});

describe('the addresses of the pages', () => {
  it('every address is in the route table with its method', () => {
    const known = (method: string, path: string) =>
      routes.some((route) => {
        const pattern = route.path.replace(/\{[a-zA-Z]+\}/g, '[^/]+');
        return route.methods.some((own) => own === method) && new RegExp(`^${pattern}$`).test(path);
      });
    const id = 'spring';
    for (const path of [
      pages.home,
      pages.event(id),
      pages.waiting(id),
      pages.queue(id),
      pages.seats(id),
      '/sign-in',
    ]) {
      expect(known('GET', path), path).toBe(true);
    }
    for (const path of [
      api.events,
      api.event(id),
      api.status(id),
      api.check(id, 'r'),
      api.queueStatus(id),
      api.me,
    ]) {
      expect(known('GET', path), path).toBe(true);
    }
    for (const path of [api.assign(id), api.queueCheck(id), api.queueLeave(id), api.refresh, api.signOut]) {
      expect(known('POST', path), path).toBe(true);
    }
  });

  it('the addresses of sign-in match the contract, and every sign-in problem has a text', () => {
    expect([api.me, api.refresh, api.signOut]).toEqual([authPaths.me, authPaths.refresh, authPaths.signOut]);
    expect(api.signIn('/queue/spring', 'ko')).toBe(`${authPaths.signIn}?returnTo=%2Fqueue%2Fspring&lang=ko`);
    expect(Object.keys(messages.ko.signInProblems)).toEqual([...signInProblems]);
  });

  it('a path yields a valid event id or none', () => {
    expect(eventIdOf('/vwr/spring-night')).toBe('spring-night');
    for (const path of ['/vwr/', '/vwr', '/vwr/Spring', '/vwr/-a', '/vwr/a%2fb', `/vwr/${'a'.repeat(65)}`]) {
      expect(eventIdOf(path), path).toBeUndefined();
    }
  });

  it('the event page leads through the waiting room if the event has one', () => {
    const way = (isGated: boolean, mode: 'both' | 'waiting-room' | 'queue') =>
      wayIn({ eventId: 'a', isGated, mode });
    expect(way(true, 'both')).toBe('/vwr/a');
    expect(way(true, 'waiting-room')).toBe('/vwr/a');
    expect(way(false, 'both')).toBe('/queue/a');
    expect(way(false, 'waiting-room')).toBe('/seats/a');
    expect(way(true, 'queue')).toBe('/queue/a');
  });
});

describe('Retry-After', () => {
  it('Retry-After is read as seconds or as a date, and ignored otherwise', () => {
    const nowMs = Date.parse('2026-11-01T00:00:00Z');
    expect(retryAfterSeconds('7', nowMs)).toBe(7);
    expect(retryAfterSeconds('Sun, 01 Nov 2026 00:00:30 GMT', nowMs)).toBe(30);
    expect(retryAfterSeconds('Sat, 31 Oct 2026 00:00:30 GMT', nowMs)).toBe(0);
    for (const header of [null, 'soon', '-5x', '99999999999'])
      expect(retryAfterSeconds(header, nowMs)).toBeNull();
  });
});
