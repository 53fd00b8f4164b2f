import { describe, expect, it } from 'vitest';
import { statusDocumentSchema } from '#contract/line-http.ts';
import { routes, vwrApiPrefix } from '#contract/routes.ts';
import { visitorCookie } from '#contract/tokens.ts';
import { errorLifetime } from '#local/cloudfront/ttl.ts';
import { cookiesOf, newVisitorId } from '../../../support/line/vwr-api.ts';
import { bodyOf, place, room } from '../../../support/line/waiting-room.ts';

describe('status', () => {
  it('is one document for all visitors, cacheable for a second', async () => {
    const { api, call } = await room({ messageKo: '잠시만요', opensAt: '2025-06-01T10:00:00+09:00' });
    for (let i = 0; i < 5; i += 1) await api.assign('sale');
    await call(2);
    const answer = await api.status('sale');
    expect(answer.headers['cache-control']).toBe('public, max-age=1, stale-while-revalidate=5');
    expect(answer.cookies).toBeUndefined();
    expect(statusDocumentSchema.parse(bodyOf(answer))).toMatchObject({
      state: 'open',
      serving: [2],
      issued: [5],
      totals: { joined: 5, called: 2, waiting: 3 },
      // The configured rate, because nothing is measured yet.
      ratePerMinute: { low: 2700, high: 3300 },
      message: { ko: '잠시만요' },
    });
  });

  it('exists before the first join, and creates no line', async () => {
    const { api, memory } = await room({ shards: 3 });
    expect(bodyOf(await api.status('sale')).serving).toEqual([0, 0, 0]);
    expect(await memory.counters.serving({ eventId: 'sale', generation: 1 }, 'latest')).toBeUndefined();
  });

  it('of an unknown event is 404, cached for five seconds at the edge and in the process', async () => {
    const { api, later, reads } = await room();
    const answer = await api.status('nothing');
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([404, 'public, max-age=5']);
    // CloudFront's behaviour if the template sets the error TTL to 0.
    const kept = { 'cache-control': [answer.headers['cache-control'] ?? ''] };
    expect(errorLifetime(404, kept, 0).ttlSeconds).toBe(5);
    for (let n = 0; n < 100; n += 1) expect((await api.status('nothing')).statusCode).toBe(404);
    expect(reads('nothing')).toBe(1);
    later(5_001);
    await api.status('nothing');
    expect(reads('nothing')).toBe(2);
  });

  it('of invented events costs one read each, and evicts no known event', async () => {
    const { api, reads } = await room();
    await api.status('sale');
    for (let n = 0; n < 3_000; n += 1) await api.status(`made-up-${n}`);
    expect((await api.status('sale')).statusCode).toBe(200);
    expect(reads('sale')).toBe(1);
    expect(reads('made-up-7')).toBe(1);
  });

  it('does not let refusals of one visitor be cached', async () => {
    const { api } = await room();
    for (const answer of [await api.assign('nothing'), await api.check('nothing', crypto.randomUUID())])
      expect([answer.statusCode, answer.headers['cache-control']]).toEqual([404, 'no-store']);
  });
});

describe('the API', () => {
  it('has a handler for every route of the contract, and no other', async () => {
    const { api } = await room();
    for (const { methods, path } of routes.filter(({ path }) => path.startsWith(vwrApiPrefix)))
      for (const method of methods) {
        const answer = await api.ask(`${method} ${path.slice(vwrApiPrefix.length)}`);
        expect([200, 400]).toContain(answer.statusCode);
      }
    for (const key of ['$default', 'GET /', 'constructor', '__proto__', 'toString'])
      expect((await api.ask(key)).statusCode).toBe(404);
  });

  it('publishes only public keys', async () => {
    const { api } = await room();
    const { keys } = bodyOf(await api.ask('GET /vwr/jwks'));
    expect(keys).toEqual([expect.not.objectContaining({ d: expect.anything() })]);
  });

  it.each([undefined, '', 'guess'])('refuses requests without the origin secret (%s)', async (secret) => {
    const { api } = await room();
    const answer = await api.ask('POST /vwr/assign/{eventId}', {
      parameters: { eventId: 'sale' },
      headers: { 'x-urr-origin-secret': secret ?? '' },
    });
    expect([answer.statusCode, bodyOf(answer).code]).toEqual([403, 'ORIGIN_SECRET_REQUIRED']);
  });

  it('discloses nothing of an internal error to the visitor, and no token to the log', async () => {
    const { api, memory } = await room();
    const joined = await api.assign('sale');
    memory.places.find = () => Promise.reject(new Error('table positions in account 123 is away'));
    const cookies = cookiesOf(joined);
    const answer = await api.assign('sale', { cookies });
    expect(answer.statusCode).toBe(500);
    expect(bodyOf(answer)).toEqual({
      error: 'an internal error occurred; please try again',
      code: 'INTERNAL',
    });
    const log = api.telemetry.lines.join('\n');
    expect(log).toContain('request failed');
    for (const pair of cookies) expect(log).not.toContain(pair.split('=')[1]);
  });

  it('keeps nothing of a request for the next one', async () => {
    const { api } = await room();
    const one = await api.assign('sale', { cookies: [`${visitorCookie}=${newVisitorId()}`] });
    const two = await api.assign('sale');
    expect(place(two).requestId).not.toBe(place(one).requestId);
    expect(cookiesOf(two)[0]).toMatch(/^__Host-urr-visitor=/);
  });
});
