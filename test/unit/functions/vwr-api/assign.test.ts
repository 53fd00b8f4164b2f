import { describe, expect, it } from 'vitest';
import { tokenCookie, tokenCookiePrefix, visitorCookie } from '#contract/tokens.ts';
import { UrrError } from '#core/errors.ts';
import { CookieJar } from '../../../support/http/cookie-jar.ts';
import { cookiesOf, newVisitorId, testSiteUrl } from '../../../support/line/vwr-api.ts';
import { bodyOf, place, room, turn } from '../../../support/line/waiting-room.ts';

/** Scripts may read this cookie, because the page sets it too (docs/adr/0013). */
const openHint = '__Host-urr-open-sale=1; Max-Age=600; Path=/; Secure; SameSite=Lax';

describe('assign', () => {
  it('returns a place, a ticket and a visitor id, all in cookies that scripts cannot read', async () => {
    const { api } = await room();
    const answer = await api.assign('sale');
    expect(answer.statusCode).toBe(200);
    expect(place(answer)).toMatchObject({ position: 1, peopleAhead: 0, generation: 1, servingCounter: 0 });
    expect(answer.headers['cache-control']).toBe('no-store');
    for (const name of [visitorCookie, tokenCookie.ticket('sale')])
      expect(answer.cookies?.find((cookie) => cookie.startsWith(`${name}=`))).toMatch(
        /; Max-Age=\d+; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
      );
    expect(answer.headers['x-urr-ticket']).toBeUndefined();
  });

  it('keeps a place as long as its line, also for a visitor who joined days before the opening', async () => {
    const dayMs = 24 * 60 * 60_000;
    const opensAt = new Date(1_750_000_000_000 + 40 * dayMs).toISOString();
    const { api, later, change, memory } = await room({ opensAt });
    const standing = (answer: { body: string }) => ({ ...place(answer), estimatedWait: null });
    const first = await api.assign('sale');
    later(3 * dayMs);
    expect(standing(await api.assign('sale', { cookies: cookiesOf(first) }))).toEqual(standing(first));
    later(36 * dayMs);
    expect(standing(await api.assign('sale', { cookies: cookiesOf(first) }))).toEqual(standing(first));
    // The opening is postponed, which the next visit reads.
    change({ opensAt: new Date(1_750_000_000_000 + 90 * dayMs).toISOString() });
    await api.assign('sale', { cookies: cookiesOf(first) });
    later(51 * dayMs);
    expect(standing(await api.assign('sale', { cookies: cookiesOf(first) }))).toEqual(standing(first));
    expect(await memory.counters.issued({ eventId: 'sale', generation: 1 }, 1)).toEqual([1]);
  });

  it('returns the same place after a refresh, in a second tab or on a retry, and uses no number', async () => {
    const { api, memory } = await room();
    const first = await api.assign('sale');
    const again = await api.assign('sale', { cookies: cookiesOf(first) });
    expect(place(again)).toEqual(place(first));
    expect(await memory.counters.issued({ eventId: 'sale', generation: 1 }, 1)).toEqual([1]);
  });

  it('accepts the visitor id of a client without cookies, and returns the ticket as a header', async () => {
    const { api } = await room();
    const headers = { 'x-urr-visitor': newVisitorId() };
    const answer = await api.assign('sale', { headers });
    expect(answer.cookies).toBeUndefined();
    const ticket = answer.headers['x-urr-ticket'] ?? '';
    const checked = await api.check('sale', place(answer).requestId, {
      headers: { ...headers, 'x-urr-ticket': ticket },
    });
    expect(turn(checked).state).toBe('waiting');
  });

  it('leaves a browser that joins many lines the four newest tickets', async () => {
    const { api, later } = await room();
    const first = await api.assign('sale');
    const jar = new CookieJar();
    jar.keep(first.cookies);
    const ticket = jar.get(tokenCookie.ticket('sale')) ?? '';
    for (let n = 0; n < 20; n += 1) jar.set(tokenCookie.ticket(`old-${n}`), n % 2 === 0 ? 'broken' : ticket);
    later(1_000);
    const again = await api.assign('sale', { cookies: jar.pairs() });
    expect(place(again)).toEqual(place(first));
    jar.keep(again.cookies);
    const left = jar.names().filter((name) => name.startsWith(tokenCookiePrefix.ticket));
    expect(left).toHaveLength(4);
    expect(left).toContain(tokenCookie.ticket('sale'));
    expect(jar.get(visitorCookie)).toBeDefined();
    // A browser without its ticket gets the same place again.
    const bare = jar.pairs().filter((pair) => !pair.startsWith(tokenCookiePrefix.ticket));
    expect(place(await api.assign('sale', { cookies: bare }))).toEqual(place(first));
  });

  it("refuses a form on another site's page, and the visitor keeps the place", async () => {
    const { api, memory } = await room();
    const first = await api.assign('sale');
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const foreign = await api.assign('sale', { headers });
    expect([foreign.statusCode, bodyOf(foreign).code, foreign.cookies]).toEqual([
      403,
      'FORBIDDEN',
      undefined,
    ]);
    expect(await memory.counters.issued({ eventId: 'sale', generation: 1 }, 1)).toEqual([1]);
    const own = { origin: testSiteUrl, 'sec-fetch-site': 'same-origin' };
    const again = await api.assign('sale', { cookies: cookiesOf(first), headers: own });
    expect(place(again)).toEqual(place(first));
  });

  it.each([
    ['an unknown event', 'nothing', 404, 'EVENT_NOT_FOUND'],
    ['a malformed event id', 'UPPER', 400, 'BAD_REQUEST'],
    ['a path trick', '../sale', 400, 'BAD_REQUEST'],
  ])('refuses %s', async (_, eventId, status, code) => {
    const { api } = await room();
    const answer = await api.assign(eventId);
    expect(answer.statusCode).toBe(status);
    expect(bodyOf(answer).code).toBe(code);
  });

  it.each([{ isActive: false }, { onSale: undefined }, { mode: 'queue' as const }])(
    'reports no waiting room with %j, and the page lets the visitor pass',
    async (flags) => {
      const { api, memory } = await room(flags);
      const answer = await api.assign('sale');
      expect([answer.statusCode, bodyOf(answer).code]).toEqual([404, 'WAITING_ROOM_INACTIVE']);
      expect(memory.stored.size).toBe(0);
      expect(answer.cookies).toEqual([openHint]);
    },
  );

  it('uses no number for a refused request', async () => {
    const { api, memory } = await room({ requiresSignIn: true });
    expect((await api.assign('sale')).statusCode).toBe(401);
    await api.assign('sale', { headers: { 'x-urr-visitor': 'short' } });
    expect(await memory.counters.issued({ eventId: 'sale', generation: 1 }, 1)).toEqual([0]);
  });

  it('without a signing key responds with Retry-After before it uses a number', async () => {
    const none = async () => {
      throw new UrrError('UNAVAILABLE', 'there is no signing key yet', { retryAfterSeconds: 10 });
    };
    const { api, memory } = await room({}, { keys: { get: none, refresh: none } });
    const answer = await api.assign('sale');
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('10');
    expect(await memory.counters.issued({ eventId: 'sale', generation: 1 }, 1)).toEqual([0]);
  });

  it('gives no visitor another visitor’s place by a planted cookie', async () => {
    const { api } = await room();
    const [one, two] = [newVisitorId(), newVisitorId()];
    const cookies = [`${visitorCookie}=${one}`, `${visitorCookie}=${two}`];
    expect((await api.assign('sale', { cookies })).statusCode).toBe(400);
    const disagreeing = { cookies: [`${visitorCookie}=${one}`], headers: { 'x-urr-visitor': two } };
    expect((await api.assign('sale', disagreeing)).statusCode).toBe(400);
  });

  it('replaces a malformed visitor cookie', async () => {
    const { api } = await room();
    const answer = await api.assign('sale', { cookies: [`${visitorCookie}=not-one-of-ours`] });
    expect(answer.statusCode).toBe(200);
    expect(cookiesOf(answer)[0]).toMatch(/^__Host-urr-visitor=[A-Za-z0-9_-]{43}$/);
  });

  it('fixes the number of shards with the line, so raising it in the console loses no visitor', async () => {
    const { api, change, memory } = await room({ shards: 2 });
    await api.assign('sale');
    change({ shards: 16 });
    for (let i = 0; i < 20; i += 1) await api.assign('sale');
    const issued = await memory.counters.issued({ eventId: 'sale', generation: 1 }, 16);
    expect(issued.slice(2)).toEqual(Array(14).fill(0));
  });
});

describe('an event with one place per account', () => {
  const signIn = {
    userOf: async (token: string | undefined) =>
      token === undefined ? undefined : { sub: token, groups: [], expiresAtMs: 0 },
  };
  const as = (user: string) => `__Host-urr-access=${user}`;

  it('gives an account the same place in every browser', async () => {
    const { api } = await room({ requiresSignIn: true }, { signIn });
    const phone = await api.assign('sale', { cookies: [as('kim')] });
    const laptop = await api.assign('sale', { cookies: [as('kim'), `${visitorCookie}=${newVisitorId()}`] });
    expect(place(laptop)).toEqual(place(phone));
    const other = await api.assign('sale', { cookies: [as('lee')] });
    expect(place(other).requestId).not.toBe(place(phone).requestId);
  });

  it('that starts to require accounts while people wait requires them of these too, and keeps their places', async () => {
    const { api, change, call } = await room({}, { signIn });
    const anonymous = await api.assign('sale');
    await call(1);
    change({ requiresSignIn: true });
    const check = (cookies: string[]) => api.check('sale', place(anonymous).requestId, { cookies });
    const asked = await check(cookiesOf(anonymous));
    expect([asked.statusCode, bodyOf(asked).code]).toEqual([401, 'NOT_SIGNED_IN']);
    const withAccount = await check([...cookiesOf(anonymous), as('kim')]);
    expect([withAccount.statusCode, bodyOf(withAccount).code]).toEqual([403, 'TICKET_REQUIRED']);
    const signedIn = await api.assign('sale', { cookies: [...cookiesOf(anonymous), as('kim')] });
    expect(place(signedIn)).toMatchObject({
      requestId: place(anonymous).requestId,
      place: place(anonymous).place,
    });
    const admitted = await check([...cookiesOf(signedIn), as('kim')]);
    expect(turn(admitted)).toMatchObject({ state: 'admitted' });
    const pass = cookiesOf(admitted)[0]?.split('=')[1] ?? '';
    expect(await api.deps.verifier('pass', pass, 'sale')).toMatchObject({
      sub: 'u.kim',
      jti: place(anonymous).requestId,
    });
  });

  it('gives an account that waited in two browsers one place, and each place one account', async () => {
    const { api, change, memory } = await room({}, { signIn });
    const [phone, laptop] = [await api.assign('sale'), await api.assign('sale')];
    change({ requiresSignIn: true });
    const join = (answer: typeof phone, user: string) =>
      api.assign('sale', { cookies: [...cookiesOf(answer), as(user)] });
    const joins = await Promise.all([phone, laptop, phone, laptop].map((browser) => join(browser, 'kim')));
    const ids = new Set(joins.map((answer) => place(answer).requestId));
    expect(ids.size).toBe(1);
    const other = await join(phone, 'lee');
    expect(ids).not.toContain(place(other).requestId);
    const of = (user: string) => [...memory.stored.values()].filter(({ subject }) => subject === `u.${user}`);
    expect([of('kim').length, of('lee').length]).toEqual([1, 1]);
  });

  it('keeps a place also if the process dies while it moves to the account', async () => {
    const { api, change, memory } = await room({}, { signIn });
    const anonymous = await api.assign('sale');
    change({ requiresSignIn: true });
    const cookies = [...cookiesOf(anonymous), as('kim')];
    const { put } = memory.places;
    memory.places.put = () => Promise.reject(new Error('killed'));
    expect((await api.assign('sale', { cookies })).statusCode).toBe(500);
    memory.places.put = put;
    expect(place(await api.assign('sale', { cookies }))).toEqual({ ...place(anonymous), isSignedIn: true });
    expect(await memory.counters.issued({ eventId: 'sale', generation: 1 }, 1)).toEqual([1]);
  });

  it('requires sign-in again for a ticket of an account whose session has ended', async () => {
    const { api } = await room({ requiresSignIn: true }, { signIn });
    const joined = await api.assign('sale', { cookies: [as('kim')] });
    const check = await api.check('sale', place(joined).requestId, { cookies: cookiesOf(joined) });
    expect([check.statusCode, bodyOf(check).code]).toEqual([401, 'NOT_SIGNED_IN']);
    const other = await api.check('sale', place(joined).requestId, {
      cookies: [...cookiesOf(joined), as('lee')],
    });
    expect([other.statusCode, bodyOf(other).code]).toEqual([403, 'WRONG_ACCOUNT']);
  });

  it('keeps the better ticket of a visitor whose account is further back in another browser', async () => {
    const { api } = await room({}, { signIn });
    const laptop = await api.assign('sale');
    const phone = await api.assign('sale', { cookies: [as('kim')] });
    expect([place(laptop).position, place(phone).position]).toEqual([1, 2]);
    const signedIn = await api.assign('sale', { cookies: [...cookiesOf(laptop), as('kim')] });
    expect(place(signedIn).requestId).toBe(place(laptop).requestId);
    const elsewhere = await api.assign('sale', { cookies: [as('kim')] });
    expect(place(elsewhere).requestId).toBe(place(phone).requestId);
  });

  it('keeps the place and the ticket of a visitor who signs in while waiting', async () => {
    const { api } = await room({}, { signIn });
    const anonymous = await api.assign('sale');
    const cookies = [...cookiesOf(anonymous), as('kim')];
    // The page offers the sign-in until the visitor is signed in.
    expect(place(anonymous).isSignedIn).toBe(false);
    expect(place(await api.assign('sale', { cookies }))).toEqual({ ...place(anonymous), isSignedIn: true });
    const checked = await api.check('sale', place(anonymous).requestId, { cookies });
    expect(turn(checked).state).toBe('waiting');
  });
});
