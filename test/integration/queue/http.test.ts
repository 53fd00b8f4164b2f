import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTokenSigner } from '#adapters/access/sign.ts';
import { adminGroup } from '#contract/accounts.ts';
import type { UrrEvent } from '#contract/event.ts';
import { queueAnswerSchema } from '#contract/queue-http.ts';
import { queueKeys } from '#contract/queue-keys.ts';
import { accessCookie, tokenCookie, tokenHeader, visitorHeader } from '#contract/tokens.ts';
import { keySourceOf, testIssuer } from '../../support/access/identities.ts';
import { newVisitorId, testSiteUrl } from '../../support/line/vwr-api.ts';
import {
  type AdmissionKit,
  type Shopper,
  send,
  shopperWithPass,
  startAdmissionKit,
  type TestWorker,
} from '../../support/queue/admission-kit.ts';
import { eventually } from '../../support/time/patience.ts';

let kit: AdmissionKit;
let worker: TestWorker;
let redis: Redis;

beforeAll(async () => {
  kit = await startAdmissionKit({ policy: { tickMs: 200 } });
  redis = kit.redis.client();
  worker = await kit.startWorker();
});
afterAll(() => kit.stop());

const check = (eventId: string, shopper: Shopper, more = {}) =>
  send(worker.url, 'POST', `check/${eventId}`, shopper, more);
const status = (eventId: string, shopper: Shopper, more = {}) =>
  send(worker.url, 'GET', `status/${eventId}`, shopper, more);

/** Returns an event after its first tick, so that its limit is known. */
async function openEvent(more: Partial<UrrEvent> = {}): Promise<UrrEvent> {
  const event = await kit.createEvent(more);
  await eventually(async () =>
    expect(await redis.hget(queueKeys(event.eventId, 1).meta, 'limit')).toBe(String(event.threshold)),
  );
  // That tick also stored the line's marker.
  await eventually(async () =>
    expect(Number(await redis.hget(queueKeys(event.eventId, 1).meta, 'warm_at'))).toBeLessThanOrEqual(
      Date.now(),
    ),
  );
  return event;
}

describe("a page of another site, with this visitor's browser", () => {
  const foreign = { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } };
  it.each(['check', 'heartbeat', 'leave'])('is refused at %s', async (name) => {
    const { eventId } = await openEvent();
    const shopper = await shopperWithPass(kit, eventId, 1);
    const refused = await send(worker.url, 'POST', `${name}/${eventId}`, shopper, foreign);
    expect([refused.status, refused.body.code]).toEqual([403, 'FORBIDDEN']);
    const own = await send(worker.url, 'POST', `${name}/${eventId}`, shopper, {
      headers: { origin: testSiteUrl, 'sec-fetch-site': 'same-origin' },
    });
    expect(own.status).toBe(200);
  });
});

describe('check and status', () => {
  it('respond by the contract to waiting and admitted visitors, and return the same entry token', async () => {
    const { eventId } = await openEvent({ threshold: 1 });
    const [first, second, third] = await Promise.all(
      [1, 2, 3].map((seq) => shopperWithPass(kit, eventId, seq)),
    );
    if (!first || !second || !third) throw new Error('no shoppers');
    const inside = queueAnswerSchema.parse((await check(eventId, first)).body);
    expect(inside).toMatchObject({
      state: 'admitted',
      currentUsers: 1,
      threshold: 1,
      redirectTo: `/seats/${eventId}`,
    });
    const again = queueAnswerSchema.parse((await status(eventId, first)).body);
    expect(again).toEqual(inside);
    expect(first.cookies.get(tokenCookie.entry(eventId))).toMatch(/^eyJ/);
    // The page's scripts cannot read the cookie, so the body must not contain the token.
    expect(inside).not.toHaveProperty('entryToken');

    await check(eventId, second);
    const waiting = queueAnswerSchema.parse((await check(eventId, third)).body);
    expect(waiting).toMatchObject({
      state: 'waiting',
      position: 2,
      peopleAhead: 1,
      peopleBehind: 0,
      nextPoll: 1,
      eventState: 'open',
    });
    expect((await status(eventId, second)).body).toMatchObject({ position: 1, peopleBehind: 1 });
  });

  it('the shortcut responds like the framework: same status, headers and fields, on success and refusal', async () => {
    const full = (await openEvent({ threshold: 0 })).eventId;
    const open = (await openEvent({ threshold: 5 })).eventId;
    const inactive = (await kit.createEvent({ isActive: false })).eventId;
    const waiting = await shopperWithPass(kit, full, 3);
    const inside = await shopperWithPass(kit, open, 3);
    const cases = [
      [full, waiting, 200],
      [open, inside, 200],
      [full, undefined, 401],
      [open, waiting, 403],
      [inactive, waiting, 404],
      ['no-such-event', waiting, 404],
    ] as const;
    for (const [eventId, shopper, expected] of cases)
      for (const [method, name] of [
        ['POST', 'check'],
        ['GET', 'status'],
      ] as const) {
        const short = await send(worker.url, method, `${name}/${eventId}`, shopper);
        // A path with a query bypasses the shortcut.
        const long = await send(worker.url, method, `${name}/${eventId}?v=1`, shopper);
        const shape = ({ status: code, headers, body }: typeof short) => ({
          code,
          headers: [...headers.keys()].filter((header) => header !== 'content-length').sort(),
          kind: headers.get('content-type'),
          cache: headers.get('cache-control'),
          fields: Object.keys(body),
          state: body.state ?? body.code,
        });
        expect(short.status, `${name} ${eventId}`).toBe(expected);
        expect(shape(short), `${name} ${eventId}`).toEqual(shape(long));
      }
  });

  it('status adds no visitor to the queue', async () => {
    const { eventId } = await openEvent();
    const shopper = await shopperWithPass(kit, eventId, 1);
    expect((await status(eventId, shopper)).body).toMatchObject({ state: 'absent', currentUsers: 0 });
  });

  it('a leave frees the place, and the next visitor is admitted within two ticks', async () => {
    const { eventId } = await openEvent({ threshold: 1 });
    const first = await shopperWithPass(kit, eventId, 1);
    const second = await shopperWithPass(kit, eventId, 2);
    await check(eventId, first);
    expect((await check(eventId, second)).body.state).toBe('waiting');
    expect((await send(worker.url, 'POST', `leave/${eventId}`, first)).body).toEqual({ left: 'inside' });
    expect(first.cookies.has(tokenCookie.entry(eventId))).toBe(false);
    await eventually(async () => expect((await check(eventId, second)).body.state).toBe('admitted'));
  });

  it('a closed page shortens the stay inside, and the next poll restores it', async () => {
    const { eventId } = await openEvent({ threshold: 1 });
    const [inside, waiting] = [
      await shopperWithPass(kit, eventId, 1),
      await shopperWithPass(kit, eventId, 2),
    ];
    await check(eventId, inside);
    await check(eventId, waiting);
    const away = async (shopper: Shopper) =>
      (await send(worker.url, 'POST', `away/${eventId}`, shopper)).body;
    expect(await away(inside)).toEqual({ away: 'shortened' });
    expect(await away(waiting)).toMatchObject({ code: 'ENTRY_TOKEN_REQUIRED' });
    expect((await status(eventId, inside)).body.state).toBe('admitted');
  });

  it('a client without cookies sends and receives its tokens as headers', async () => {
    const { eventId } = await openEvent();
    const { pass, visitor } = await kit.identities.visitorPass({ eventId, seq: 5 });
    const access = await kit.identities.accessToken('app-user');
    const headers = { authorization: `Bearer ${access}`, [tokenHeader.pass]: pass, [visitorHeader]: visitor };
    const answer = await send(worker.url, 'POST', `check/${eventId}`, undefined, { headers });
    expect(answer.body.state).toBe('admitted');
    expect(answer.headers.get(tokenHeader.entry)).toBe(answer.body.entryToken);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('a client without cookies receives its first token as a header in mode queue', async () => {
    const { eventId } = await openEvent({ mode: 'queue' });
    const headers = { authorization: `Bearer ${await kit.identities.accessToken('app-user')}` };
    const answer = await send(worker.url, 'POST', `check/${eventId}`, undefined, { headers });
    expect(answer.body.state).toBe('admitted');
    expect(answer.headers.get(tokenHeader.entry)).toBe(answer.body.entryToken);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('an event in mode queue needs only the sign-in', async () => {
    const { eventId } = await openEvent({ mode: 'queue' });
    const access = await kit.identities.accessToken('someone');
    const shopper = { sub: 'someone', cookies: new Map([[accessCookie, access]]) };
    expect((await check(eventId, shopper)).body.state).toBe('admitted');
  });
});

describe('access', () => {
  const refused = async (path: string, shopper: Shopper | undefined, more = {}) => {
    const answer = await send(worker.url, 'POST', path, shopper, more);
    return [answer.status, answer.body.code];
  };
  const jar = (shopper: Shopper, changes: Record<string, string | undefined>): Shopper => {
    const cookies = new Map(shopper.cookies);
    for (const [name, value] of Object.entries(changes))
      if (value === undefined) cookies.delete(name);
      else cookies.set(name, value);
    return { ...shopper, cookies };
  };

  it('is refused without sign-in and after the sign-in has ended', async () => {
    const { eventId } = await openEvent();
    const shopper = await shopperWithPass(kit, eventId, 1);
    expect(await refused(`check/${eventId}`, undefined)).toEqual([401, 'NOT_SIGNED_IN']);
    expect(await refused(`check/${eventId}`, jar(shopper, { [accessCookie]: 'nonsense' }))).toEqual([
      401,
      'NOT_SIGNED_IN',
    ]);
    const over = await kit.identities.accessToken('late', { lifeSeconds: -60 });
    expect(await refused(`check/${eventId}`, jar(shopper, { [accessCookie]: over }))).toEqual([
      401,
      'NOT_SIGNED_IN',
    ]);
  });

  it('is 403 with a pass of another event, generation or kind, a forged one, or none', async () => {
    const { eventId } = await openEvent();
    const other = await openEvent();
    const shopper = await shopperWithPass(kit, eventId, 1);
    const name = tokenCookie.pass(eventId);
    const pass = shopper.cookies.get(name) ?? '';
    const forged = `${pass.slice(0, -6)}AAAAAA`;
    const ofOther = (await kit.identities.visitorPass({ eventId: other.eventId, seq: 1 })).pass;
    const ofOld = (await kit.identities.visitorPass({ eventId, seq: 1, generation: 1 })).pass;
    const entry = (
      await kit.identities.signer.entry({ aud: eventId, sub: `u.${shopper.sub}`, gen: 1, jti: 'x' })
    ).token;
    for (const bad of [undefined, forged, ofOther, entry])
      expect(await refused(`check/${eventId}`, jar(shopper, { [name]: bad }))).toEqual([
        403,
        'PASS_REQUIRED',
      ]);
    await kit.events.reset(eventId, 1, { by: 'test', reason: 'test' });
    await eventually(async () =>
      expect(await refused(`check/${eventId}`, jar(shopper, { [name]: ofOld }))).toEqual([
        403,
        'PASS_REQUIRED',
      ]),
    );
  });

  it('a pass of another visitor or account opens nothing', async () => {
    const { eventId } = await openEvent();
    const shopper = await shopperWithPass(kit, eventId, 1);
    const stranger = jar(shopper, { '__Host-urr-visitor': newVisitorId() });
    expect(await refused(`check/${eventId}`, stranger)).toEqual([403, 'WRONG_ACCOUNT']);
    const pass = await kit.identities.userPass('someone-else', { eventId, seq: 1 });
    expect(await refused(`check/${eventId}`, jar(shopper, { [tokenCookie.pass(eventId)]: pass }))).toEqual([
      403,
      'WRONG_ACCOUNT',
    ]);
  });

  it('the same pass of a second account is refused on every worker (C6.12)', async () => {
    const { eventId } = await openEvent({ threshold: 0 });
    const shopper = await shopperWithPass(kit, eventId, 1);
    await check(eventId, shopper);
    const friend = jar(shopper, { [accessCookie]: await kit.identities.accessToken('friend') });
    expect(await refused(`check/${eventId}`, friend)).toEqual([403, 'WRONG_ACCOUNT']);
    expect((await check(eventId, shopper)).body.position).toBe(1);
  });

  it('an entry token of another account is refused beside an own pass', async () => {
    const { eventId } = await openEvent();
    const one = await shopperWithPass(kit, eventId, 1);
    const two = await shopperWithPass(kit, eventId, 2);
    await check(eventId, one);
    const name = tokenCookie.entry(eventId);
    const mixed = jar(two, { [name]: one.cookies.get(name) });
    expect(await refused(`check/${eventId}`, mixed)).toEqual([403, 'WRONG_ACCOUNT']);
  });

  it('user and place in body, query and other headers change nothing (C6.15, E1)', async () => {
    const { eventId } = await openEvent({ threshold: 0 });
    const one = await shopperWithPass(kit, eventId, 10);
    const two = await shopperWithPass(kit, eventId, 20);
    await check(eventId, one);
    const answer = await send(worker.url, 'POST', `check/${eventId}?vwrPosition=0&userId=${one.sub}`, two, {
      headers: { 'x-user-id': one.sub, 'x-vwr-position': '0', 'x-urr-verified': 'true' },
      body: { userId: one.sub, position: 0, seq: 0 },
    });
    expect(answer.body).toMatchObject({ state: 'waiting', position: 2 });
  });

  it('two different values of one token are refused', async () => {
    const { eventId } = await openEvent();
    const shopper = await shopperWithPass(kit, eventId, 1);
    const { pass } = await kit.identities.visitorPass({ eventId, seq: 1 });
    const both = { headers: { [tokenHeader.pass]: pass } };
    expect(await refused(`check/${eventId}`, shopper, both)).toEqual([400, 'BAD_REQUEST']);
    const cookie = [...shopper.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const twice = { headers: { cookie: `${cookie}; ${tokenCookie.pass(eventId)}=${pass}` } };
    expect(await refused(`check/${eventId}`, undefined, twice)).toEqual([400, 'BAD_REQUEST']);
  });
});

describe('boundary cases', () => {
  it('an unknown or malformed event, one without a queue, and an unknown path are 404 in the common format', async () => {
    const { eventId } = await kit.createEvent({ mode: 'waiting-room' });
    const off = await kit.createEvent({ isActive: false });
    const shopper = await shopperWithPass(kit, eventId, 1);
    const code = async (path: string) => {
      const { status: http, body } = await send(worker.url, 'POST', path, shopper);
      expect(Object.keys(body).sort()).toEqual(['code', 'error']);
      return [http, body.code];
    };
    expect(await code('check/no-such-event')).toEqual([404, 'EVENT_NOT_FOUND']);
    expect(await code('check/NO%20EVENT')).toEqual([404, 'EVENT_NOT_FOUND']);
    await eventually(async () =>
      expect(await code(`check/${eventId}`)).toEqual([404, 'WAITING_ROOM_INACTIVE']),
    );
    expect(await code(`check/${off.eventId}`)).toEqual([404, 'WAITING_ROOM_INACTIVE']);
    expect(await code('nothing/here')).toEqual([404, 'NOT_FOUND']);
  });

  it('admits nobody while the event is paused, sold out or not yet open', async () => {
    const states = [
      { isPaused: true },
      { isSoldOut: true },
      { opensAt: new Date(Date.now() + 3_600_000).toISOString() },
    ];
    for (const more of states) {
      const { eventId } = await kit.createEvent(more);
      const shopper = await shopperWithPass(kit, eventId, 1);
      await eventually(async () => expect((await check(eventId, shopper)).status).toBe(200));
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect((await check(eventId, shopper)).body).toMatchObject({ state: 'waiting', position: 1 });
    }
  });

  it('only administrators read and set the threshold, and it applies at once', async () => {
    const { eventId } = await openEvent({ threshold: 0 });
    const shopper = await shopperWithPass(kit, eventId, 1);
    await check(eventId, shopper);
    const put = (who: Shopper, threshold: unknown) =>
      send(worker.url, 'PUT', `threshold/${eventId}`, who, { body: { threshold } });
    expect((await put(shopper, 9)).body.code).toBe('FORBIDDEN');
    const access = await kit.identities.accessToken('admin', { groups: [adminGroup] });
    const admin = { sub: 'admin', cookies: new Map([[accessCookie, access]]) };
    expect((await put(admin, -1)).status).toBe(400);
    expect((await put(admin, '7')).status).toBe(400);
    expect((await put(admin, 1)).body).toEqual({ threshold: 1, currentUsers: 0, waiting: 1 });
    await eventually(async () => expect((await check(eventId, shopper)).body.state).toBe('admitted'));
    expect((await put(admin, 0)).body).toMatchObject({ threshold: 0, currentUsers: 1 });
    expect((await kit.events.get(eventId))?.threshold).toBe(0);
    expect((await send(worker.url, 'GET', `threshold/${eventId}`, admin)).body).toMatchObject({
      threshold: 0,
    });
  });

  it('an account that polls too often gets 429, and other accounts do not (C5)', async () => {
    const { eventId } = await openEvent({ threshold: 0 });
    const busy = await shopperWithPass(kit, eventId, 1);
    const calm = await shopperWithPass(kit, eventId, 2);
    const codes = new Map<number, number>();
    let retryAfter: string | null = null;
    for (let round = 0; round < 60; round += 1) {
      const answers = await Promise.all([1, 2, 3].map(() => status(eventId, busy)));
      for (const { status: code, headers } of answers) {
        codes.set(code, (codes.get(code) ?? 0) + 1);
        retryAfter ??= headers.get('retry-after');
      }
    }
    expect(codes.get(200)).toBeGreaterThanOrEqual(120);
    expect(codes.get(200)).toBeLessThanOrEqual(120 + 20 + 3);
    expect(codes.get(429)).toBe(180 - (codes.get(200) ?? 0));
    expect(Number(retryAfter)).toBeGreaterThan(0);
    expect((await status(eventId, calm)).status).toBe(200);
  });

  it('a pass near its end is renewed while its holder waits', async () => {
    const { eventId } = await openEvent({ threshold: 0 });
    const sub = `user-${randomUUID()}`;
    const earlier = createTokenSigner({
      keys: keySourceOf(kit.identities.keys.tokens),
      issuer: testIssuer,
      nowMs: () => Date.now() - 7 * 60_000,
    });
    const claims = { aud: eventId, sub: `u.${sub}`, gen: 1, shard: 0, seq: 1, jti: randomUUID() };
    const { token } = await earlier.pass(claims);
    const name = tokenCookie.pass(eventId);
    const access = await kit.identities.accessToken(sub);
    const shopper = {
      sub,
      cookies: new Map([
        [accessCookie, access],
        [name, token],
      ]),
    };
    await check(eventId, shopper);
    const renewed = shopper.cookies.get(name);
    expect(renewed).not.toBe(token);
    await check(eventId, shopper);
    expect(shopper.cookies.get(name)).toBe(renewed);
  });
});
