import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import type { EdgeConfig } from '#contract/edge-config.ts';
import { accessCookie, tokenCookie, tokenType, visitorCookie } from '#contract/tokens.ts';
import { routeTree } from '../../../edge/shared/tree.ts';
import { makeHandler } from '../../../edge/token-gate/handler.ts';
import { readyConfig } from '../../../edge/token-gate/ready-config.ts';
import { originEvent } from '../../support/access/edge-events.ts';
import { readAnswer, tokenGate } from '../../support/access/edge-functions.ts';
import { cookieHeader, makeEdgeKit } from '../../support/access/edge-kit.ts';

const kit = makeEdgeKit();
const nowSeconds = Math.floor(kit.nowMs / 1000);
type Headers = [string, string][];
const askOf =
  (config: EdgeConfig | undefined, nowMs = kit.nowMs) =>
  async (method: string, target: string, headers: Headers = []) =>
    readAnswer(await tokenGate(config, nowMs)(originEvent({ method, target, headers })));
const ask = askOf(kit.config);
const cookies = (tokens: { pass?: string; entry?: string }, eventId = kit.eventId): Headers => [
  ['cookie', cookieHeader(kit, tokens, eventId)],
];
const status = '/api/v1/queue/status/spring-show';
const through = { status: 0 };

describe('a pass opens the routes of its event, generation and visitor', () => {
  it('by cookie or by header, and the page is the object that serves it', async () => {
    const pass = kit.pass();
    expect(await ask('GET', status, cookies({ pass }))).toMatchObject({ ...through, uri: status });
    expect(
      await ask('GET', status, [
        ['x-urr-vwr-token', pass],
        ['x-urr-visitor', kit.visitor],
      ]),
    ).toMatchObject(through);
    expect(await ask('GET', '/queue/spring-show', cookies({ pass }))).toMatchObject({
      ...through,
      uri: '/queue/index.html',
    });
  });

  it('from 60 s before its beginning until 60 s after its end, because clocks may differ', async () => {
    const at = (seconds: number) =>
      askOf(kit.config, kit.nowMs + seconds * 1000)('GET', status, cookies({ pass: kit.pass() }));
    expect(await at(600 + 59)).toMatchObject(through);
    expect(await at(600 + 60)).toMatchObject({ status: 403 });
    expect(await at(-60)).toMatchObject(through);
    expect(await at(-61)).toMatchObject({ status: 403 });
  });

  it('but no route that requires an entry token, nor the reverse', async () => {
    const seats = '/api/v1/seats/events/spring-show';
    const asEntry = kit.token({ ...kit.header, typ: tokenType.pass }, kit.claims);
    expect(await ask('GET', seats, cookies({ pass: kit.pass() }))).toMatchObject({
      status: 403,
      code: 'ENTRY_TOKEN_REQUIRED',
    });
    expect(await ask('GET', seats, cookies({ entry: asEntry }))).toMatchObject({ status: 403 });
    expect(await ask('GET', status, cookies({ pass: kit.entry() }))).toMatchObject({ status: 403 });
    expect(await ask('GET', seats, cookies({ entry: kit.entry() }))).toMatchObject(through);
  });

  it('but nothing without its visitor', async () => {
    const pass = kit.pass();
    expect(await ask('GET', status, [['x-urr-vwr-token', pass]])).toMatchObject({
      status: 403,
      code: 'PASS_REQUIRED',
    });
    expect(await ask('GET', status, [...cookies({ pass }), ['x-urr-visitor', 'A'.repeat(43)]])).toMatchObject(
      { status: 400 },
    );
  });

  it('but no event that is not listed, whatever its name', async () => {
    for (const eventId of ['unknown', 'constructor', 'to-string']) {
      const pass = kit.pass({ aud: eventId });
      expect(await ask('GET', `/queue/${eventId}`, cookies({ pass }, eventId))).toMatchObject({
        status: 302,
        location: `/vwr/${eventId}`,
      });
    }
  });
});

describe("an event's mode and flag decide what opens a route", () => {
  it('every visitor passes while the waiting room is off (C1)', async () => {
    expect(await ask('GET', '/queue/no-line')).toMatchObject(through);
    expect(await ask('GET', '/seats/no-line')).toMatchObject({ ...through, uri: '/seats/index.html' });
    expect(await ask('POST', '/api/v1/payments/prepare', [['x-urr-event', 'no-line']])).toMatchObject(
      through,
    );
  });

  it('a pass of tier 1 alone opens the sale', async () => {
    const pass = kit.pass({ aud: 'tier-one' });
    expect(await ask('GET', '/seats/tier-one', cookies({ pass }, 'tier-one'))).toMatchObject(through);
    expect(await ask('POST', '/api/v1/payments/prepare', cookies({ pass }, 'tier-one'))).toMatchObject(
      through,
    );
    expect(await ask('GET', '/seats/tier-one')).toMatchObject({ status: 302, location: '/vwr/tier-one' });
  });

  it('the queue of tier 2 alone needs no pass, the seats need an entry token', async () => {
    expect(await ask('GET', '/queue/tier-two')).toMatchObject(through);
    expect(await ask('GET', '/seats/tier-two')).toMatchObject({ status: 302, location: '/queue/tier-two' });
  });

  it('public routes behind the gate need no configuration', async () => {
    expect(await askOf(undefined)('GET', '/api/v1/health')).toMatchObject(through);
  });
});

describe('a route without event in its path uses the event of the token', () => {
  const prepare = '/api/v1/payments/prepare';
  const both = `${cookieHeader(kit, { entry: kit.entry() })}; ${tokenCookie.entry('other-show')}=${kit.entry({ aud: 'other-show' })}`;

  it('the only one', async () => {
    expect(await ask('POST', prepare, cookies({ entry: kit.entry() }))).toMatchObject(through);
    expect(
      await ask('POST', prepare, [
        ['x-queue-entry-token', kit.entry()],
        ['authorization', `Bearer ${kit.access()}`],
      ]),
    ).toMatchObject(through);
  });

  it('of several, the one in x-urr-event; without it the request is refused', async () => {
    expect(await ask('POST', prepare, [['cookie', both]])).toMatchObject({
      status: 400,
      code: 'BAD_REQUEST',
    });
    expect(
      await ask('POST', prepare, [
        ['cookie', both],
        ['x-urr-event', 'other-show'],
      ]),
    ).toMatchObject(through);
    expect(
      await ask('POST', prepare, [
        ['cookie', both],
        ['x-urr-event', 'tier-two'],
      ]),
    ).toMatchObject({ status: 403 });
    expect(
      await ask('POST', prepare, [
        ['cookie', both],
        ['x-urr-event', '../x'],
      ]),
    ).toMatchObject({ status: 400 });
  });

  it('none: refused', async () => {
    expect(await ask('POST', prepare)).toMatchObject({ status: 403, redirectTo: '/' });
  });
});

describe('a token is valid only with its account', () => {
  const mine = '/api/v1/reservations/mine';
  const signedIn = (token: string, more = ''): Headers => [
    ['cookie', `${accessCookie}=${token}; ${visitorCookie}=${kit.visitor}${more}`],
  ];
  const seats = '/api/v1/seats/events/spring-show';
  const entryOf = (sub: string) => `; ${tokenCookie.entry('spring-show')}=${kit.entry({ sub })}`;

  it('an access token of the provider opens a route that requires sign-in, by cookie or as bearer', async () => {
    const token = kit.access();
    expect(await ask('GET', mine, signedIn(token))).toMatchObject(through);
    expect(await ask('GET', mine, [['authorization', `Bearer ${token}`]])).toMatchObject(through);
    expect(await ask('GET', mine)).toMatchObject({ status: 401, code: 'NOT_SIGNED_IN' });
    const { signIn: _, ...withoutSignIn } = kit.config;
    expect(await askOf(withoutSignIn)('GET', mine, signedIn(token))).toMatchObject({ status: 401 });
  });

  it('a cookie and a bearer that differ are refused', async () => {
    const headers: Headers = [...signedIn(kit.access()), ['authorization', `Bearer ${kit.access('min')}`]];
    expect(await ask('GET', mine, headers)).toMatchObject({ status: 400 });
  });

  it.each<[string, object, object?]>([
    ['an id token', { token_use: 'id' }],
    ['no use', { token_use: undefined }],
    ['no client', { client_id: undefined }],
    ['another client', { client_id: 'other' }],
    ['another audience', { aud: 'other' }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['no end', { exp: undefined }],
    ['its end past', { exp: nowSeconds - 6 }],
    ['a beginning to come', { nbf: nowSeconds + 6 }],
    ['no key named', {}, { kid: undefined }],
    ['another algorithm of the same key', {}, { alg: 'PS256' }],
    ['a type of something else', {}, { typ: 'urr-pass+jwt' }],
  ])('an access token with %s proves nothing', async (_, claims, header) => {
    const token = kit.access(kit.account, claims, header);
    expect(await ask('GET', mine, signedIn(token))).toMatchObject({ status: 401 });
  });

  it('keys of the provider for another algorithm verify nothing', async () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signIn = kit.config.signIn ?? { issuer: '', clientId: '', keys: [] };
    const keys = [...signIn.keys, { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec', use: 'sig' }];
    const token = await new SignJWT({ client_id: signIn.clientId, token_use: 'access', sub: 'jin' })
      .setProtectedHeader({ alg: 'ES256', kid: 'ec' })
      .setIssuer(signIn.issuer)
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + 300)
      .sign(ec.privateKey);
    const config = { ...kit.config, signIn: { ...signIn, keys } };
    expect(await askOf(config)('GET', mine, signedIn(token))).toMatchObject({ status: 401 });
    expect(await askOf(config)('GET', mine, signedIn(kit.access()))).toMatchObject(through);
  });

  it('an entry token opens the seats only for its account (C6.12)', async () => {
    const jin = kit.access('jin');
    expect(await ask('GET', seats, signedIn(jin, entryOf('u.jin')))).toMatchObject(through);
    expect(await ask('GET', seats, signedIn(jin, entryOf('u.min')))).toMatchObject({ status: 403 });
    expect(await ask('GET', seats, signedIn('', entryOf('u.jin')))).toMatchObject({ status: 401 });
    expect(await ask('GET', '/seats/spring-show', signedIn('', entryOf('u.jin')))).toMatchObject({
      status: 302,
      location: '/sign-in?next=/queue/spring-show',
    });
  });

  it('an entry token of a visitor without an account opens nothing', async () => {
    expect(await ask('GET', seats, signedIn(kit.access(), entryOf(kit.visitorSubject)))).toMatchObject({
      status: 403,
    });
  });

  it('a shopper inside still polls the queue after the pass has expired', async () => {
    const inside = signedIn(kit.access(), entryOf('u.jin'));
    expect(await ask('POST', '/api/v1/queue/heartbeat/spring-show', inside)).toMatchObject(through);
  });

  it('a token of a line after a reset makes the gate read its configuration again', async () => {
    const reset = { ...kit.config.events['spring-show'], generation: kit.generation + 1, gated: true };
    const newer = { ...kit.config, events: { 'spring-show': { ...reset, mode: 'both' as const } } };
    let reads = 0;
    const gate = makeHandler({
      tree: routeTree,
      load: async () => {
        reads += 1;
        return readyConfig(reads === 1 ? kit.config : newer, true);
      },
      nowMs: () => kit.nowMs + reads * 1000,
      log: () => {},
    });
    const headers = cookies({ pass: kit.pass({ gen: kit.generation + 1 }) });
    expect(readAnswer(await gate(originEvent({ method: 'GET', target: status, headers })))).toMatchObject(
      through,
    );
    expect(reads).toBe(2);
  });

  it('tier 2 alone requires sign-in for the queue', async () => {
    expect(await ask('GET', '/api/v1/queue/status/tier-two')).toMatchObject({ status: 401 });
    expect(await ask('GET', '/api/v1/queue/status/tier-two', signedIn(kit.access()))).toMatchObject(through);
    expect(await ask('GET', '/queue/tier-two')).toMatchObject(through);
  });
});

describe('a request that the gate cannot decide is held, never admitted', () => {
  const blind = askOf(undefined);

  it('a well-formed token waits for the first configuration, with 503 and Retry-After', async () => {
    expect(await blind('GET', status, cookies({ pass: kit.pass() }))).toMatchObject({
      status: 503,
      code: 'UNAVAILABLE',
    });
    expect(await blind('GET', '/queue/spring-show', cookies({ pass: kit.pass() }))).toMatchObject({
      status: 503,
    });
    expect(await blind('GET', '/seats/spring-show', cookies({ entry: kit.entry() }))).toMatchObject({
      status: 503,
    });
  });

  it('a request without a token is refused also before the first configuration', async () => {
    expect(await blind('GET', status)).toMatchObject({ status: 403 });
    expect(await blind('GET', '/queue/no-line')).toMatchObject({ status: 302 });
    expect(await blind('GET', '/api/v1/reservations/mine')).toMatchObject({ status: 401 });
  });

  it('an event that CloudFront never sends gets a response instead of an exception', async () => {
    const lines: object[] = [];
    const gate = tokenGate(kit.config, kit.nowMs, (line) => lines.push(line));
    for (const event of [undefined, null, {}, { Records: [] }, { Records: [{ cf: {} }] }]) {
      expect(await gate(event)).toMatchObject({ status: '503' });
    }
    expect(lines).toHaveLength(5);
  });

  it('the log contains no token and no cookie', async () => {
    const lines: object[] = [];
    const gate = tokenGate(undefined, kit.nowMs, (line) => lines.push(line));
    await gate(originEvent({ method: 'GET', target: status, headers: cookies({ pass: kit.pass() }) }));
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toMatch(/eyJ|urr-visitor/);
  });
});
