import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { exportJWK, SignJWT } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { signInKeys } from '#adapters/accounts/keys.ts';
import { makeSignIn } from '#adapters/accounts/sign-in.ts';
import type { SignInKey } from '#contract/access-token.ts';
import { UrrError } from '#core/errors.ts';

const issuer = 'https://cognito-idp.ap-northeast-2.amazonaws.com/ap-northeast-2_test';
const clientId = 'client-of-the-site';
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicJwk = await exportJWK(pair.publicKey);
const keyNamed = (kid: string): SignInKey => ({
  kty: 'RSA',
  n: publicJwk.n ?? '',
  e: publicJwk.e ?? '',
  kid,
  alg: 'RS256',
  use: 'sig',
});

const nowMs = Date.UTC(2030, 0, 1);
const seconds = nowMs / 1000;
const claims = {
  iss: issuer,
  sub: '8f14e45f-ceea-467f-a9d6-000000000001',
  token_use: 'access',
  client_id: clientId,
  exp: seconds + 300,
  iat: seconds,
  'cognito:groups': ['urr-admin'],
};
const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
const signed = (payload: object, header: object = {}, key = pair.privateKey) =>
  new SignJWT({ ...payload }).setProtectedHeader({ alg: 'RS256', kid: 'known', ...header }).sign(key);
/** Correctly signed content that a proper library would refuse to sign. */
const signedRaw = (header: object, payload: object) => {
  const body = `${encode({ alg: 'RS256', kid: 'known', ...header })}.${encode(payload)}`;
  return `${body}.${sign('sha256', Buffer.from(body), pair.privateKey).toString('base64url')}`;
};

let clockMs: number;
let fetches: number;
let published: SignInKey[] | undefined;
const signIn = () =>
  makeSignIn({
    issuer,
    clientId,
    nowMs: () => clockMs,
    keys: signInKeys({
      issuer,
      nowMs: () => clockMs,
      fetchKeys: async () => {
        fetches += 1;
        if (published === undefined) throw new UrrError('UNAVAILABLE', 'away');
        return published;
      },
    }),
  });

beforeEach(() => {
  clockMs = nowMs;
  fetches = 0;
  published = [keyNamed('known')];
});

describe('an access token of the provider', () => {
  it('proves the account and its groups', async () => {
    expect(await signIn().userOf(await signed(claims))).toMatchObject({
      sub: claims.sub,
      groups: ['urr-admin'],
    });
  });

  it('proves an account without groups', async () => {
    const { 'cognito:groups': _groups, ...rest } = claims;
    expect(await signIn().userOf(await signed(rest))).toMatchObject({ sub: claims.sub, groups: [] });
  });

  it('may have this client as its audience, alone or among others', async () => {
    for (const aud of [clientId, [clientId, 'else']])
      expect(await signIn().userOf(await signed({ ...claims, aud }))).toBeDefined();
  });
});

describe('refused as an access token', () => {
  const unsigned = (header: object) => `${encode(header)}.${encode(claims)}.`;
  const publicPem = pair.publicKey.export({ type: 'spki', format: 'pem' });
  const hmac = (alg: string) => {
    const body = `${encode({ alg, kid: 'known' })}.${encode(claims)}`;
    return `${body}.${createHmac('sha256', publicPem).update(body).digest('base64url')}`;
  };
  const cases: readonly (readonly [string, () => string | undefined | Promise<string>])[] = [
    ['none at all', () => undefined],
    ['an empty one', () => ''],
    ['one that is too long', async () => signed({ ...claims, filler: 'x'.repeat(4_000) })],
    ['alg none', () => unsigned({ alg: 'none', kid: 'known' })],
    ['alg nOnE', () => unsigned({ alg: 'nOnE', kid: 'known' })],
    ['HS256 keyed with the public key', () => hmac('HS256')],
    ['PS256 where RS256 is fixed', async () => signed(claims, { alg: 'PS256' })],
    ['a signature of another key', async () => signed(claims, {}, stranger.privateKey)],
    [
      'a key that the token brings itself',
      async () => signed(claims, { jwk: await exportJWK(stranger.publicKey) }, stranger.privateKey),
    ],
    ['an unknown critical header', () => signedRaw({ crit: ['x'], x: 1 }, claims)],
    ['an unencoded payload', () => signedRaw({ crit: ['b64'], b64: false }, claims)],
    ['no kid', async () => signed(claims, { kid: undefined })],
    ['a kid that is a path', async () => signed(claims, { kid: '../../dev/null' })],
    ['a kid that is a property of every object', async () => signed(claims, { kid: 'constructor' })],
    ['a kid that is a list', () => signedRaw({ kid: ['known'] }, claims)],
    ['another issuer', async () => signed({ ...claims, iss: `${issuer}2` })],
    ['no issuer', async () => signed({ ...claims, iss: undefined })],
    ['another client', async () => signed({ ...claims, client_id: 'other' })],
    ['another audience', async () => signed({ ...claims, aud: 'other' })],
    ['an id token', async () => signed({ ...claims, token_use: 'id', aud: clientId })],
    ['no token_use', async () => signed({ ...claims, token_use: undefined })],
    ['no expiry', async () => signed({ ...claims, exp: undefined })],
    ['an expiry that is text', () => signedRaw({}, { ...claims, exp: '9e9' })],
    [
      'an expiry without end',
      () =>
        signedRaw({}, claims).replace(/\.[^.]+\./, `.${Buffer.from('{"exp":1e309}').toString('base64url')}.`),
    ],
    ['an expiry that has passed', async () => signed({ ...claims, exp: seconds - 6 })],
    ['a beginning that is to come', async () => signed({ ...claims, nbf: seconds + 60 })],
    ['no subject', async () => signed({ ...claims, sub: undefined })],
    ['a subject that would break a key', async () => signed({ ...claims, sub: 'a b\n' })],
    ['two parts', async () => (await signed(claims)).split('.').slice(0, 2).join('.')],
    ['four parts', async () => `${await signed(claims)}.x`],
    ['a payload that is no JSON', () => `${encode({ alg: 'RS256', kid: 'known' })}.eyJ.AAAA`],
  ];
  it.each(cases)('%s', async (_name, make) => {
    expect(await signIn().userOf(await make())).toBeUndefined();
  });
});

describe('the algorithm', () => {
  it('is fixed, even for a key that does not name one', async () => {
    const token = await signed(claims, { alg: 'PS256' });
    const verifier = makeSignIn({ issuer, clientId, nowMs: () => nowMs, keys: async () => pair.publicKey });
    expect(await verifier.userOf(await signed(claims))).toBeDefined();
    expect(await verifier.userOf(token)).toBeUndefined();
  });
});

describe("the provider's keys", () => {
  it('are fetched once by concurrent callers, and then kept', async () => {
    const verifier = signIn();
    const token = await signed(claims);
    await Promise.all(Array.from({ length: 50 }, () => verifier.userOf(token)));
    await verifier.userOf(token);
    expect(fetches).toBe(1);
  });

  it('are fetched again at most once per interval, however many tokens have unknown keys', async () => {
    const verifier = signIn();
    const forged = await signed(claims, { kid: 'made-up' });
    for (let attempt = 0; attempt < 20; attempt += 1) await verifier.userOf(forged);
    expect(fetches).toBe(1);
    clockMs += 30_000;
    for (let attempt = 0; attempt < 20; attempt += 1) await verifier.userOf(forged);
    expect(fetches).toBe(2);
  });

  it('that are new are found by the first token that has them', async () => {
    const verifier = signIn();
    await verifier.userOf(await signed(claims));
    clockMs += 31_000;
    published = [keyNamed('known'), keyNamed('next')];
    expect(await verifier.userOf(await signed(claims, { kid: 'next' }))).toBeDefined();
  });

  it('stay valid during an outage of the issuer', async () => {
    const verifier = signIn();
    await verifier.userOf(await signed(claims));
    published = undefined;
    clockMs += 15 * 60_000;
    const later = { ...claims, exp: clockMs / 1000 + 60 };
    expect(await verifier.userOf(await signed(later))).toBeDefined();
  });

  it('are UNAVAILABLE before the first fetch, so that no visitor counts as signed out', async () => {
    published = undefined;
    await expect(signIn().userOf(await signed(claims))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
