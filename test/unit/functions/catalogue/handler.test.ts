import { describe, expect, it } from 'vitest';
import { eventSchema, type UrrEvent } from '#contract/event.ts';
import { catalogueAnswerSchema, statisticsAnswerSchema } from '#contract/line-http.ts';
import { originSecretHeader } from '#contract/tokens.ts';
import { toStatistics } from '#core/events/statistics.ts';
import { makeHandler } from '../../../../functions/catalogue/handler.ts';

const event: UrrEvent = eventSchema.parse({
  eventId: 'spring',
  onSale: 'live',
  isActive: true,
  titleKo: '봄',
  titleEn: 'Spring',
  createdAt: '2026-10-01T00:00:00Z',
  updatedAt: '2026-10-01T00:00:00Z',
});

const nothing = { count: 0, seats: 0 };
const noSales = { confirmed: nothing, cancelled: nothing, settled: nothing, refunded: nothing };
const handler = makeHandler({
  statistics: async (day) => toStatistics(day, [3, 5], noSales),
  events: { get: async (eventId) => (eventId === event.eventId ? event : undefined) },
  live: { get: async () => ({ events: [event], drafts: [], invalid: [], isTruncated: false }) },
  isOriginSecret: async (presented) => presented === 'right',
  telemetry: { info() {}, warn() {}, error() {}, count() {}, flush() {} },
  nowMs: () => Date.parse('2026-11-01T00:00:00Z'),
});

const context = {
  functionName: 'catalogue',
  functionVersion: '1',
  invokedFunctionArn: '',
  memoryLimitInMB: '512',
  awsRequestId: 'r',
  logGroupName: '',
  logStreamName: '',
  callbackWaitsForEmptyEventLoop: false,
  getRemainingTimeInMillis: () => 1000,
  done() {},
  fail() {},
  succeed() {},
};

async function ask(
  routeKey: string,
  options: { query?: string; eventId?: string; secret?: string } = {},
): Promise<{ status: number; body: unknown; cacheControl: string | undefined }> {
  const answer = await handler(
    {
      routeKey,
      rawQueryString: options.query ?? '',
      headers: { [originSecretHeader]: options.secret ?? 'right' },
      pathParameters: options.eventId === undefined ? {} : { eventId: options.eventId },
    },
    context,
  );
  return {
    status: answer.statusCode,
    body: JSON.parse(answer.body),
    cacheControl: answer.headers['cache-control'],
  };
}
const list = (query = '') => ask('GET /api/v1/events', { query });
const detail = (eventId: string) => ask('GET /api/v1/events/{eventId}', { eventId });
const stats = (eventId: string, query = '') => ask('GET /api/v1/stats/{eventId}', { eventId, query });

describe('the catalogue API', () => {
  it('refuses requests around the edge', async () => {
    const answer = await ask('GET /api/v1/events', { secret: 'wrong' });
    expect(answer).toMatchObject({ status: 403, body: { code: 'ORIGIN_SECRET_REQUIRED' } });
  });

  it('lists events as the contract says, cached for five seconds', async () => {
    const answer = await list('search=spring&status=open');
    expect(answer).toMatchObject({ status: 200, cacheControl: 'public, max-age=5' });
    expect(catalogueAnswerSchema.parse(answer.body).events.map(({ eventId }) => eventId)).toEqual(['spring']);
  });

  it('returns one event, and 404 for an unknown one', async () => {
    expect(await detail('spring')).toMatchObject({
      status: 200,
      body: { title: { en: 'Spring' }, isGated: true },
    });
    expect(await detail('winter')).toMatchObject({
      status: 404,
      body: { code: 'EVENT_NOT_FOUND' },
      cacheControl: 'public, max-age=5',
    });
  });

  it.each([
    ['a repeated name', 'search=a&search=b'],
    ['a repeated name in another spelling', 'search=a&%73earch=b'],
    ['__proto__', '__proto__=1'],
    ['an unknown name', 'limit=1000000'],
    ['a search that is too long', `search=${'a'.repeat(101)}`],
    ['an unknown state', 'status=everything'],
    ['closed events, which are not listed', 'status=closed'],
    ['a cursor of another shape', `cursor=${Buffer.from('{"a":1}').toString('base64url')}`],
    ['a cursor that is not JSON', 'cursor=AAAA'],
    ['a cursor with a foreign id', `cursor=${Buffer.from('[1,"../x"]').toString('base64url')}`],
    ['a cursor outside its alphabet', 'cursor=%2e%2e'],
  ])('refuses %s', async (_what, query) => {
    expect(await list(query)).toMatchObject({
      status: 400,
      cacheControl: 'no-store',
      body: { code: 'BAD_REQUEST' },
    });
  });

  it.each(['Spring', '../spring', 'a'.repeat(65), ''])('refuses %j as an event id', async (eventId) => {
    expect(await detail(eventId)).toMatchObject({ status: 400 });
  });
});

describe('statistics', () => {
  it('are those of today in Korea without a day, cached for ten seconds', async () => {
    const answer = await stats('spring');
    expect(answer).toMatchObject({ status: 200, cacheControl: 'public, max-age=10' });
    expect(statisticsAnswerSchema.parse(answer.body)).toMatchObject({
      day: '2026-11-01',
      admitted: 8,
      admittedPerMinuteMax: 5,
    });
  });

  it('are those of the requested day', async () => {
    expect(await stats('spring', 'day=2026-10-31')).toMatchObject({ body: { day: '2026-10-31' } });
  });

  it('of a missing event cause no read', async () => {
    expect(await stats('winter')).toMatchObject({ status: 404, body: { code: 'EVENT_NOT_FOUND' } });
  });

  it.each([
    ['a day that does not exist', 'day=2026-02-30'],
    ['a day with a time', 'day=2026-10-31T00:00:00Z'],
    ['a day in the future', 'day=2026-11-02'],
    ['a day too long ago', 'day=2025-09-20'],
    ['a repeated day', 'day=2026-10-31&day=2026-10-30'],
    ['an unknown name', 'from=2026-10-31'],
    ['an empty day', 'day='],
  ])('refuse %s', async (_what, query) => {
    expect(await stats('spring', query)).toMatchObject({
      status: 400,
      cacheControl: 'no-store',
      body: { code: 'BAD_REQUEST' },
    });
  });
});
