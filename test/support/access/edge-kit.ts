import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { EdgeConfig, PublicKey } from '#contract/edge-config.ts';
import { accessCookie, tokenCookie, tokenType, visitorCookie } from '#contract/tokens.ts';

/** Real keys, a real configuration and real tokens for tests of the edge. */
interface EdgeKit {
  readonly eventId: string;
  readonly otherEventId: string;
  readonly generation: number;
  readonly visitor: string;
  readonly visitorSubject: string;
  readonly publicJwk: PublicKey;
  readonly config: EdgeConfig;
  readonly nowMs: number;
  /** Header and claims of a valid pass. */
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Claims of a valid entry token. */
  readonly entryClaims: Readonly<Record<string, unknown>>;
  /** Returns the ES256 signature of a signing input in base64url. */
  readonly signature: (signingInput: string) => string;
  readonly token: (header: unknown, claims: unknown) => string;
  readonly pass: (claims?: object) => string;
  readonly entry: (claims?: object) => string;
  /** The account of the entry tokens. */
  readonly account: string;
  /** Returns an access token of an account, of the provider in the configuration. */
  readonly access: (sub?: string, claims?: object, header?: object) => string;
}

export const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export const subjectOf = (visitor: string): string =>
  `v.${createHash('sha256').update(visitor).digest('base64url')}`;

export function makeSigner(privateKey: KeyObject): (signingInput: string) => string {
  return (signingInput) =>
    sign('sha256', Buffer.from(signingInput), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString(
      'base64url',
    );
}

export function makeKeyPair(kid: string): { publicJwk: PublicKey; privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  return { publicJwk: { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' }, privateKey };
}

export function makeEdgeKit(nowMs: number = Date.now()): EdgeKit {
  const { publicJwk, privateKey } = makeKeyPair('key-1');
  const signature = makeSigner(privateKey);
  const visitor = randomBytes(32).toString('base64url');
  const [eventId, otherEventId, generation, issuer] = ['spring-show', 'other-show', 3, 'https://urr.example'];
  const iat = Math.floor(nowMs / 1000);
  const common = { iss: issuer, aud: eventId, sub: subjectOf(visitor), gen: generation, iat, exp: iat + 600 };
  const claims = { ...common, shard: 0, seq: 7, jti: '0d3ad5a5-6d9b-4e6b-9a1e-6f3f8f6f2b11' };
  const account = 'jin';
  const entryClaims = { ...common, sub: `u.${account}`, jti: 'admission-1' };
  const provider = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const signIn = {
    issuer: 'https://sign-in.example',
    clientId: 'urr-web',
    keys: [{ ...provider.publicKey.export({ format: 'jwk' }), kid: 'rsa', alg: 'RS256', use: 'sig' }],
  };
  const access = (sub = account, more: object = {}, head: object = {}) => {
    const life = { iat, exp: iat + 300 };
    const known = { iss: signIn.issuer, client_id: signIn.clientId, token_use: 'access', ...life };
    const input = `${encode({ alg: 'RS256', kid: 'rsa', ...head })}.${encode({ ...known, sub, ...more })}`;
    return `${input}.${sign('sha256', Buffer.from(input), provider.privateKey).toString('base64url')}`;
  };
  const header = { alg: 'ES256', typ: tokenType.pass, kid: publicJwk.kid };
  const token = (head: unknown, body: unknown) => {
    const signingInput = `${encode(head)}.${encode(body)}`;
    return `${signingInput}.${signature(signingInput)}`;
  };
  const event = (mode: 'both' | 'waiting-room' | 'queue', gated = true) => ({ generation, gated, mode });
  return {
    eventId,
    otherEventId,
    generation,
    visitor,
    visitorSubject: subjectOf(visitor),
    publicJwk,
    nowMs,
    account,
    access,
    header,
    claims,
    entryClaims,
    signature,
    token,
    pass: (more = {}) => token(header, { ...claims, ...more }),
    entry: (more = {}) => token({ ...header, typ: tokenType.entry }, { ...entryClaims, ...more }),
    config: {
      version: 1,
      publishedAtMs: nowMs,
      issuer,
      keys: [publicJwk],
      events: {
        [eventId]: event('both'),
        [otherEventId]: event('both'),
        'tier-one': event('waiting-room'),
        'tier-two': event('queue'),
        'no-line': event('both', false),
      },
      signIn,
    },
  };
}

/** Returns cookies as a browser sends them: an entry token comes with the sign-in of its account. */
export function cookieHeader(
  kit: EdgeKit,
  tokens: { pass?: string; entry?: string },
  eventId = kit.eventId,
): string {
  const parts = [`${visitorCookie}=${kit.visitor}`];
  if (tokens.pass !== undefined) parts.push(`${tokenCookie.pass(eventId)}=${tokens.pass}`);
  if (tokens.entry !== undefined)
    parts.push(`${tokenCookie.entry(eventId)}=${tokens.entry}`, `${accessCookie}=${kit.access()}`);
  return parts.join('; ');
}
