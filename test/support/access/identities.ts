import { createHash, randomUUID } from 'node:crypto';
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWK, type JWTVerifyGetKey, SignJWT } from 'jose';
import type { KeySource } from '#adapters/access/key-source.ts';
import { newPrivateKey } from '#adapters/access/new-key.ts';
import { createTokenSigner, type TokenSigner } from '#adapters/access/sign.ts';
import { type KeySet, rotateKeys } from '#core/access/signing-keys.ts';
import { newVisitorId } from '../line/vwr-api.ts';

export const testIssuer = 'urr-test';
export const signInIssuer = 'https://sign-in.test/pool';
export const signInClient = 'urr-client';

/** Signing keys of both issuers, as plain values that can be sent to another process. */
export interface TestKeys {
  readonly tokens: KeySet;
  readonly signIn: JWK;
}

/** Makes real tokens with real keys, for tests of verifiers. */
export interface Identities {
  readonly keys: TestKeys;
  readonly signer: TokenSigner;
  accessToken(sub: string, options?: AccessTokenOptions): Promise<string>;
  /** Returns a pass of a visitor without an account, and its visitor cookie. */
  visitorPass(place: PassPlace): Promise<{ readonly pass: string; readonly visitor: string }>;
  /** A pass of an account. */
  userPass(sub: string, place: PassPlace): Promise<string>;
}

interface AccessTokenOptions {
  readonly groups?: readonly string[];
  readonly lifeSeconds?: number;
  /** Replaces correct claims. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

interface PassPlace {
  readonly eventId: string;
  readonly seq: number;
  readonly shard?: number;
  readonly generation?: number;
  readonly requestId?: string;
}

export async function createIdentities(nowMs: () => number = Date.now): Promise<Identities> {
  const tokens = rotateKeys({ keys: [] }, nowMs(), { kid: 'test', privateJwk: await newPrivateKey() });
  const pair = await generateKeyPair('RS256', { extractable: true });
  const signIn = { ...(await exportJWK(pair.publicKey)), kid: 'sign-in', alg: 'RS256', use: 'sig' };
  const signer = createTokenSigner({ keys: keySourceOf(tokens), issuer: testIssuer, nowMs });
  const pass = async (subject: string, { eventId, seq, shard = 0, generation = 1, requestId }: PassPlace) => {
    const claims = {
      aud: eventId,
      sub: subject,
      gen: generation,
      shard,
      seq,
      jti: requestId ?? randomUUID(),
    };
    return (await signer.pass(claims)).token;
  };
  return {
    keys: { tokens, signIn },
    signer,
    accessToken: (sub, { groups = [], lifeSeconds = 300, claims = {} } = {}) =>
      new SignJWT({
        sub,
        token_use: 'access',
        client_id: signInClient,
        ...(groups.length > 0 ? { 'cognito:groups': groups } : {}),
        ...claims,
      })
        .setProtectedHeader({ alg: 'RS256', kid: 'sign-in' })
        .setIssuer(signInIssuer)
        .setIssuedAt(Math.floor(nowMs() / 1000))
        .setExpirationTime(Math.floor(nowMs() / 1000) + lifeSeconds)
        .sign(pair.privateKey),
    async visitorPass(place) {
      const visitor = newVisitorId();
      const subject = `v.${createHash('sha256').update(visitor).digest('base64url')}`;
      return { pass: await pass(subject, place), visitor };
    },
    userPass: (sub, place) => pass(`u.${sub}`, place),
  };
}

export const keySourceOf = (tokens: KeySet): KeySource => ({
  get: async () => tokens,
  refresh: async () => tokens,
});

export const signInKeysOf = (key: JWK): JWTVerifyGetKey => createLocalJWKSet({ keys: [key] });
