import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tokenCookie, visitorCookie } from '#contract/tokens.ts';
import type { KeySet, SigningKey } from '#core/access/signing-keys.ts';
import { check } from '../../e2e/support/line.ts';
import { type Site, startSite } from '../../e2e/support/site.ts';
import { encode } from '../../support/access/edge-kit.ts';
import { HttpClient } from '../../support/http/client.ts';
import { CookieJar } from '../../support/http/cookie-jar.ts';
import { until } from '../../support/time/patience.ts';
import { type PassHolder, readToken, standUntilAdmitted, visitQueue } from './pass-holder.ts';
import { openSigningKeys, type SigningKeys, signerOf } from './signing-keys.ts';

const eventId = 'rotation';
/** The edge has no copy of its status, because only the crowd requests it. */
const crowded = 'crowded';
const dayMs = 86_400_000;

let site: Site;
let client: HttpClient;
let secret: SigningKeys;
/** Admitted while the first key was the only one. */
let early: PassHolder;

beforeAll(async () => {
  site = await startSite();
  client = new HttpClient(site.url);
  await site.addEvent(eventId, { ratePerMinute: 6000 });
  await site.addEvent(crowded);
  early = await standUntilAdmitted(client, eventId);
  secret = await openSigningKeys(site.system);
});
afterAll(async () => {
  secret?.close();
  client?.close();
  await site?.stop();
});

/** Rotates as Secrets Manager does: four steps with one token. */
async function rotate(): Promise<KeySet> {
  const ClientRequestToken = randomUUID();
  for (const Step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret'])
    await site.system.invokeFunction('urr-dev-key-rotation', { Step, SecretId: '-', ClientRequestToken });
  return secret.read();
}

/** New processes read the keys at once; the old ones would within a minute. */
function forgetKeys(): void {
  site.system.killFunction('urr-dev-vwr-api');
  site.system.killFunction('urr-dev-counter-advancer');
  // It runs for a minute and ends with the system, so it is not awaited.
  site.system.invokeFunction('urr-dev-counter-advancer', {}).catch(() => {});
}

/** Returns the early visitor's pass, signed again with a given key. */
function jarWith(key: SigningKey): CookieJar {
  const { header, claims } = readToken(early.pass);
  const input = `${encode({ ...header, kid: key.kid })}.${encode(claims)}`;
  const jar = new CookieJar();
  jar.set(visitorCookie, early.visitor);
  jar.set(tokenCookie.pass(eventId), `${input}.${signerOf(key)(input)}`);
  return jar;
}

const opens = async (jar: CookieJar) => (await visitQueue(client, eventId, jar)).status === 200;
const becomes = (jar: CookieJar, isOpen: boolean) =>
  until(
    () => opens(jar),
    (is) => is === isOpen,
  );
const jwksSchema = z.object({ keys: z.array(z.looseObject({ kid: z.string() })) });
const published = async () => {
  const { body } = await client.ask('/vwr-api/vwr/jwks');
  return jwksSchema.parse(JSON.parse(body)).keys.map(({ kid }) => kid);
};
const keyAt = ({ keys }: KeySet, index: number): SigningKey => {
  const key = keys.at(index);
  if (key === undefined) throw new Error(`there is no key at ${index}`);
  return key;
};

describe('a rotation of the signing keys while people wait in line', () => {
  let first: SigningKey;
  let second: SigningKey;

  it('adds a key: tokens of both keys open the gate', async () => {
    await becomes(early.jar, true);
    first = keyAt(await secret.read(), 0);
    expect(readToken(early.pass).header.kid).toBe(first.kid);

    const after = await rotate();
    expect(after.keys.map(({ kid }) => kid)).toEqual([first.kid, expect.any(String)]);
    second = keyAt(after, 1);
    expect(await opens(jarWith(second)), 'nobody has published the key yet').toBe(false);
    forgetKeys();
    await becomes(jarWith(second), true);
    expect(await opens(early.jar)).toBe(true);
    await until(published, (kids) => kids.length === 2);
    expect(await published()).toEqual([first.kid, second.kid]);
  });

  it('signs with the new key only after every verifier has read it', async () => {
    const late = await standUntilAdmitted(client, eventId);
    expect(readToken(late.pass).header.kid).toBe(first.kid);
  });

  it('lets a ticket of the old key get a pass, and the pass open the gate', async () => {
    expect((await check(client, eventId, early)).state).toBe('admitted');
    expect(await opens(early.jar)).toBe(true);
  });

  it('retires the old key at the rotation two days later: its tokens open nothing', async () => {
    // Makes all keys two days older.
    const { keys } = await secret.read();
    const older = keys.map((key) => ({
      ...key,
      createdAtMs: key.createdAtMs - 2 * dayMs,
      signFromMs: key.signFromMs - 2 * dayMs,
    }));
    await secret.replace({ keys: older });
    const after = await rotate();
    expect(after.keys.map(({ kid }) => kid)).toEqual([second.kid, expect.any(String)]);
    forgetKeys();
    await becomes(early.jar, false);
    expect(await visitQueue(client, eventId, early.jar)).toMatchObject({
      status: 302,
      location: `/vwr/${eventId}`,
    });
    expect(await opens(jarWith(second))).toBe(true);
    expect(await opens(jarWith(keyAt(after, 1)))).toBe(true);
  });

  it('keeps the place of a visitor whose ticket had the retired key, and issues a ticket of the new key', async () => {
    const again = await client.ask(`/vwr-api/vwr/assign/${eventId}`, { method: 'POST', jar: early.jar });
    expect(JSON.parse(again.body)).toMatchObject({ requestId: early.place.requestId });
    const ticket = readToken(early.jar.get(tokenCookie.ticket(eventId)) ?? '');
    expect(ticket.header.kid).toBe(second.kid);
    expect((await check(client, eventId, early)).state).toBe('admitted');
    expect(await opens(early.jar)).toBe(true);
  });
});

describe('a crowd', () => {
  it('of 200 concurrent requests for the status causes one or two invocations', async () => {
    site.system.resetCounts();
    const crowd = new HttpClient(site.url, 200);
    const started = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => crowd.ask(`/vwr-api/vwr/status/${crowded}`)),
    );
    crowd.close();
    const seconds = Math.ceil((performance.now() - started) / 1000);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const asked = site.system.requestCounts()['urr-dev-vwr-api'];
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(seconds + 1);
  });
});
