import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visitorCookie } from '#contract/tokens.ts';
import { type Site, startSite } from '../../e2e/support/site.ts';
import {
  type BadInput,
  type BadInputKit,
  badInputs,
  goodInput,
  rawRequest,
} from '../../support/access/bad-inputs.ts';
import { makeEdgeKit } from '../../support/access/edge-kit.ts';
import { HttpClient } from '../../support/http/client.ts';
import { CookieJar } from '../../support/http/cookie-jar.ts';
import { readRaw, sendRaw } from '../../support/http/raw-socket.ts';
import { until } from '../../support/time/patience.ts';
import { type PassHolder, readToken, standUntilAdmitted, visitQueue } from './pass-holder.ts';
import { openSigningKeys, signerOf } from './signing-keys.ts';

const { eventId, otherEventId, generation } = makeEdgeKit();
const gate = 'urr-dev-token-gate';

let site: Site;
let client: HttpClient;
let holder: PassHolder;
/** Made of a pass of the system and of the key that signed it, which is more than any attacker has. */
let kit: () => BadInputKit;

beforeAll(async () => {
  site = await startSite();
  client = new HttpClient(site.url);
  await site.addEvent(eventId, { generation, ratePerMinute: 6000 });
  await site.addEvent(otherEventId, { ratePerMinute: 0 });
  holder = await standUntilAdmitted(client, eventId);
  await until(
    () => visitQueue(client, eventId, holder.jar),
    ({ status }) => status === 200,
  );
  const { header, claims } = readToken(holder.pass);
  const keys = await openSigningKeys(site.system);
  const key = (await keys.read()).keys.find(({ kid }) => kid === header.kid);
  keys.close();
  if (key === undefined) throw new Error('the pass was signed with a key that is not in the secret');
  const { kty, crv, x, y } = key.privateJwk;
  const { visitor } = holder;
  kit = () => {
    const iat = Math.floor(Date.now() / 1000);
    return {
      eventId,
      otherEventId,
      visitor,
      header,
      // Not the first place, because one of the inputs claims the first one with another's signature.
      claims: { ...claims, seq: 7, iat, exp: iat + 600 },
      publicJwk: { kty, crv, x, y },
      signature: signerOf(key),
    };
  };
});
afterAll(async () => {
  client?.close();
  await site?.stop();
});

const hostOf = () => new URL(site.url).host;
const send = async (input: BadInput) => readRaw(await sendRaw(site.url, rawRequest(input, hostOf())));

describe('bad inputs, sent byte by byte to the running system', () => {
  it('are compared with a good request, which reaches the origin', async () => {
    site.system.resetCounts();
    const { status } = await send(goodInput(kit()));
    // The edge forwards it. The origin may respond with any status.
    expect([301, 302, 400, 403, 405, 500, 502, 503]).not.toContain(status);
    expect(site.system.originRequests().map(({ path }) => path)).toEqual([`/api/v1/queue/status/${eventId}`]);
  });

  it.each(Array.from({ length: 45 }, (_, index) => index + 1))(
    'are refused without reaching an origin or causing a server error: input %i',
    async (number) => {
      const inputs = badInputs(kit()).filter((input) => input.number === number);
      expect(inputs.length).toBeGreaterThan(0);
      site.system.resetCounts();
      for (const input of inputs) {
        const { status, location, text } = await send(input);
        expect(input.statuses, `${input.name}: ${text.slice(0, 300)}`).toContain(status);
        expect(site.system.originRequests(), input.name).toEqual([]);
        if (location !== undefined) expect([`/vwr/${eventId}`, signIn], input.name).toContain(location);
        expect(text, input.name).not.toMatch(/evil|javascript:|SyntaxError|\bat .*\.ts/);
      }
    },
  );

  it('with forged tokens are refused by the gate itself, not before it', async () => {
    const forged = badInputs(kit()).filter(({ name }) => /^(?:signature of another|kid unknown)/.test(name));
    site.system.resetCounts();
    for (const input of forged) await send(input);
    expect(forged).toHaveLength(4);
    expect(site.system.requestCounts()[gate]).toBe(forged.length);
  });

  const signIn = `/sign-in?next=/queue/${eventId}`;
});

describe('a request hidden in the body of another', () => {
  const hidden = `GET /queue/${eventId} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const post = `POST /api/v1/queue/check/${eventId} HTTP/1.1\r\nHost: localhost\r\n`;

  it.each([
    [
      'chunked and a length',
      `Transfer-Encoding: chunked\r\nContent-Length: ${5 + hidden.length}\r\n\r\n0\r\n\r\n`,
    ],
    ['a length and chunked', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two lengths', `Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n`],
    ['an unknown coding', 'Transfer-Encoding: xchunked\r\n\r\n'],
    ['a coding after a tab', `Transfer-Encoding:\tchunked\r\nContent-Length: ${hidden.length}\r\n\r\n`],
    ['a coding in two lines', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n'],
    ['a folded header', `X-A: b\r\n Content-Length: ${hidden.length}\r\nContent-Length: 0\r\n\r\n`],
    ['a space before the colon', `Content-Length : ${hidden.length}\r\nContent-Length: 0\r\n\r\n`],
  ])('gets no response: %s', async (_, framing) => {
    const cookie = `Cookie: ${holder.jar.header()}\r\n`;
    site.system.resetCounts();
    const text = await sendRaw(site.url, Buffer.from(`${post}${cookie}${framing}${hidden}`, 'latin1'));
    expect(text.match(/^HTTP\/1\.1 \d{3}/gm)).toHaveLength(1);
    expect(readRaw(text).status).toBeGreaterThanOrEqual(400);
    expect(readRaw(text).status).toBeLessThan(500);
    expect(site.system.originRequests()).toEqual([]);
  });
});

describe('a response for one visitor', () => {
  it('is not cached: the gate verifies each request', async () => {
    const stranger = new CookieJar();
    stranger.set(visitorCookie, 'A'.repeat(43));
    stranger.set('__Host-urr-open-spring-show', '1');
    site.system.resetCounts();
    for (const round of [1, 2]) {
      const mine = await visitQueue(client, eventId, holder.jar);
      expect(mine, `round ${round}`).toMatchObject({ status: 200, cache: 'Miss from cloudfront' });
      const theirs = await visitQueue(client, eventId, stranger);
      expect(theirs, `round ${round}`).toMatchObject({ status: 302, location: `/vwr/${eventId}` });
      const call = await client.ask(`/api/v1/queue/status/${eventId}`, { jar: stranger });
      expect(call.status, `round ${round}`).toBe(403);
      expect(call.headers['cache-control']).toBe('no-store');
    }
    expect(site.system.requestCounts()[gate]).toBe(6);
    expect(site.system.originRequests()).toHaveLength(2);
  });

  it('forbids caches to keep it, also for a page behind the gate', async () => {
    expect((await visitQueue(client, eventId, holder.jar)).keep).toMatch(/no-store|private|max-age=0/);
  });
});

describe('a request around the edge', () => {
  it.each([undefined, '', 'true', 'a'.repeat(64)])(
    'is refused by the API with 403 if it has the secret %j',
    async (secret) => {
      const answer = await site.system.invokeFunction('urr-dev-vwr-api', {
        version: '2.0',
        routeKey: 'GET /vwr/status/{eventId}',
        headers: secret === undefined ? {} : { 'x-urr-origin-secret': secret },
        pathParameters: { eventId },
      });
      expect(answer).toMatchObject({
        statusCode: 403,
        body: expect.stringContaining('ORIGIN_SECRET_REQUIRED'),
      });
    },
  );
});
