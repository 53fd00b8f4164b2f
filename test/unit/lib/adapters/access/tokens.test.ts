import { createHmac, randomUUID } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { publicHalves } from '#adapters/access/key-source.ts';
import { newPrivateKey } from '#adapters/access/new-key.ts';
import { createTokenSigner } from '#adapters/access/sign.ts';
import { createTokenVerifier } from '#adapters/access/verify.ts';
import { type KeySet, publicKeys, rotateKeys } from '#core/access/signing-keys.ts';
import { UrrError } from '#core/errors.ts';

const startMs = 1_750_000_000_000;
const privateJwk = await newPrivateKey();
const claims = {
  aud: 'sale',
  sub: `v.${'a'.repeat(43)}`,
  gen: 1,
  shard: 0,
  seq: 7,
  jti: randomUUID(),
};

function office() {
  let keySet: KeySet = rotateKeys({ keys: [] }, startMs, { kid: 'k1', privateJwk });
  let published = keySet;
  let nowMs = startMs;
  let refreshes = 0;
  const keys = {
    get: async () => published,
    refresh: async () => {
      refreshes += 1;
      published = keySet;
      return published;
    },
  };
  const deps = { keys, issuer: 'urr', nowMs: () => nowMs };
  return {
    signer: createTokenSigner(deps),
    verifier: createTokenVerifier({ ...deps, keys: publicHalves(keys) }),
    elsewhere: createTokenVerifier({ ...deps, keys: publicHalves(keys), issuer: 'someone-else' }),
    at: (ms: number) => {
      nowMs = startMs + ms;
    },
    rotate: (change: (set: KeySet) => KeySet) => {
      keySet = change(keySet);
    },
    refreshes: () => refreshes,
  };
}

/** Signs any payload with the real key, which otherwise takes a stolen key or a defect of URR. */
async function forge(payload: object, header: object = {}, key = privateJwk) {
  const iat = startMs / 1000;
  return new SignJWT({ iss: 'urr', iat, exp: iat + 60, ...claims, ...payload })
    .setProtectedHeader({ alg: 'ES256', typ: 'urr-ticket+jwt', kid: 'k1', ...header })
    .sign(await importJWK({ ...key }, 'ES256'));
}
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

const publicKey = publicKeys(rotateKeys({ keys: [] }, startMs, { kid: 'k1', privateJwk }))[0];
const signedPart = `${part({ alg: 'HS256', typ: 'urr-ticket+jwt', kid: 'k1' })}.${part({ ...claims, iss: 'urr', iat: startMs / 1000, exp: startMs / 1000 + 60 })}`;
const hmac = createHmac('sha256', JSON.stringify(publicKey)).update(signedPart).digest('base64url');
const good = await forge({});
const [header = '', payload = '', signature = ''] = good.split('.');
const cases: [string, string][] = [
  ['empty', ''],
  ['one part', header],
  ['two parts', `${header}.${payload}`],
  ['four parts', `${good}.${signature}`],
  ['no signature', `${header}.${payload}.`],
  ['zero signature', `${header}.${payload}.${'A'.repeat(86)}`],
  ['alg none', `${part({ alg: 'none', typ: 'urr-ticket+jwt', kid: 'k1' })}.${payload}.`],
  ['alg nOnE', `${part({ alg: 'nOnE', typ: 'urr-ticket+jwt', kid: 'k1' })}.${payload}.${signature}`],
  ['the public key as a secret', `${signedPart}.${hmac}`],
  ['padding', `${good}=`],
  ['whitespace', ` ${good}`],
  ['spare bits', `${header}.${payload}.${signature.slice(0, -1)}${signature.endsWith('B') ? 'C' : 'B'}`],
  ['too long', `${header}.${part({ x: 'x'.repeat(3000) })}.${signature}`],
  ['unknown kid', await forge({}, { kid: 'nobody' })],
  ['kid of 10 KB', await forge({}, { kid: 'k'.repeat(10_000) })],
  ['a path for a kid', await forge({}, { kid: '../../dev/null' })],
  ['kid constructor', await forge({}, { kid: 'constructor' })],
  ['header jku', await forge({}, { jku: 'https://evil.example/keys' })],
  ['header jwk', await forge({}, { jwk: publicKey })],
  ['another typ', await forge({}, { typ: 'JWT' })],
  ['no typ', await forge({}, { typ: undefined })],
  ['exp absent', await forge({ exp: undefined })],
  ['exp of a day and a second', await forge({ exp: startMs / 1000 + 86_401 })],
  ['exp passed', await forge({ exp: startMs / 1000 - 61 })],
  ['exp negative', await forge({ exp: -1 })],
  ['signed in the future', await forge({ iat: startMs / 1000 + 120 })],
  ['nbf', await forge({ nbf: 0 })],
  ['one claim too many', await forge({ role: 'admin' })],
  ['two audiences', await forge({ aud: ['sale', 'another'] })],
  ['a subject of another form', await forge({ sub: 'admin' })],
  ['seq 0', await forge({ seq: 0 })],
  ['another key', await forge({}, {}, await newPrivateKey())],
];

describe('a token', () => {
  it('is verified as it was signed, and contains nothing else', async () => {
    const { signer, verifier } = office();
    const { token, expiresAtMs } = await signer.ticket(claims);
    expect(token.length).toBeLessThan(700);
    expect(await verifier('ticket', token, 'sale')).toEqual({
      ...claims,
      iss: 'urr',
      iat: startMs / 1000,
      exp: expiresAtMs / 1000,
    });
  });

  it('opens no other event, no other kind of route and no other installation', async () => {
    const { signer, verifier, elsewhere } = office();
    const { token } = await signer.ticket(claims);
    expect(await verifier('ticket', token, 'another')).toBeUndefined();
    expect(await verifier('pass', token, 'sale')).toBeUndefined();
    expect(await verifier('entry', token, 'sale')).toBeUndefined();
    expect(await elsewhere('ticket', token, 'sale')).toBeUndefined();
  });

  it('expires: a pass after ten minutes, with a minute for clocks that differ', async () => {
    const { signer, verifier, at } = office();
    const { token } = await signer.pass(claims);
    at(600_000 + 59_000);
    expect(await verifier('pass', token, 'sale')).toBeDefined();
    at(600_000 + 61_000);
    expect(await verifier('pass', token, 'sale')).toBeUndefined();
  });

  it('of the next key is accepted at once, because the verifier reads the keys again', async () => {
    const { signer, verifier, rotate, refreshes, at } = office();
    const nextKey = await newPrivateKey();
    rotate((set) => rotateKeys(set, startMs, { kid: 'k2', privateJwk: nextKey }));
    const token = await forge({}, { kid: 'k2' }, nextKey);
    expect(await verifier('ticket', token, 'sale')).toBeDefined();
    expect(refreshes()).toBe(1);
    at(10 * 60_000);
    const fresh = await signer.ticket(claims);
    expect(JSON.parse(Buffer.from(fresh.token.split('.')[0] ?? '', 'base64url').toString()).kid).toBe('k2');
  });

  it('of a removed key is refused', async () => {
    const { signer, verifier, rotate } = office();
    const { token } = await signer.ticket(claims);
    expect(await verifier('ticket', token, 'sale')).toBeDefined();
    rotate(() => ({ keys: [] }));
    await verifier('ticket', await forge({}, { kid: 'unknown' }), 'sale');
    expect(await verifier('ticket', token, 'sale')).toBeUndefined();
  });

  it('is UNAVAILABLE instead of invalid while no key can be read', async () => {
    const away = async () => {
      throw new UrrError('UNAVAILABLE', 'no key');
    };
    const verifier = createTokenVerifier({
      keys: { get: away, refresh: away },
      issuer: 'urr',
      nowMs: () => startMs,
    });
    await expect(verifier('ticket', await forge({}), 'sale')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('a forged or damaged token is refused:', () => {
  it.each(cases)('%s', async (_, token) => {
    const { verifier } = office();
    expect(await verifier('ticket', token, 'sale')).toBeUndefined();
  });
  it('…while the token that it was made from is valid', async () => {
    expect(await office().verifier('ticket', good, 'sale')).toBeDefined();
  });
});
