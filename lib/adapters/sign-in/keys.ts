import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { accessTokenAlgorithm, jwksUrl } from '#contract/auth.ts';
import { UrrError } from '#core/errors.ts';

/** A public RSA key; unlisted members (private ones above all) are left out. */
const rsaKeySchema = z.object({
  kty: z.literal('RSA'),
  n: z.string().min(300).max(1400),
  e: z.string().min(1).max(16),
  kid: z.string().min(1).max(128),
  alg: z.literal(accessTokenAlgorithm),
  use: z.literal('sig'),
});
export type SignInKey = z.infer<typeof rsaKeySchema>;
const jwksSchema = z.object({ keys: z.array(z.unknown()).min(1).max(32) });
const keysMax = 8;
const answerBytesMax = 64 * 1024;
const timeoutMs = 2_000;

/**
 * The keys an issuer signs access tokens with now, as it publishes them; keys for anything else are left out. For the
 * verifier below, and for whoever publishes the edge configuration (`signIn.keys`).
 * @throws UrrError UNAVAILABLE when the issuer does not answer within 2 s, or answers nonsense.
 */
export async function fetchSignInKeys(issuer: string): Promise<SignInKey[]> {
  try {
    const response = await fetch(jwksUrl(issuer), {
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
      headers: { accept: 'application/json' },
    });
    const text = response.ok ? await response.text() : '';
    if (text.length === 0 || text.length > answerBytesMax)
      throw new Error(`key set: status ${response.status}, ${text.length} characters`);
    const keys = jwksSchema.parse(JSON.parse(text)).keys.flatMap((candidate) => {
      const key = rsaKeySchema.safeParse(candidate);
      return key.success ? [key.data] : [];
    });
    if (keys.length === 0) throw new Error('key set: no key for the fixed algorithm');
    return keys.slice(0, keysMax);
  } catch (cause) {
    throw new UrrError('UNAVAILABLE', 'the sign-in provider does not answer', {
      cause,
      retryAfterSeconds: 5,
    });
  }
}

/** Cognito rotates its keys rarely and publishes the next one early. */
const freshMs = 10 * 60_000;
/** A key id we do not know asks the issuer again at most this often: forged tokens must not flood it. */
const refreshIntervalMs = 30_000;

export interface KeySource {
  readonly issuer: string;
  readonly nowMs: () => number;
  readonly fetchKeys?: (issuer: string) => Promise<SignInKey[]>;
}

/**
 * The issuer's keys, kept: fetched once for all who ask at the same time, again after ten minutes or for an unknown key
 * id, and the last good ones used while the issuer is away.
 */
export class SignInKeys {
  readonly #source: KeySource;
  readonly #fetchKeys: (issuer: string) => Promise<SignInKey[]>;
  #lookUp: JWTVerifyGetKey | undefined;
  #fetchedAtMs = Number.NEGATIVE_INFINITY;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | undefined;

  constructor(source: KeySource) {
    this.#source = source;
    this.#fetchKeys = source.fetchKeys ?? fetchSignInKeys;
  }

  /** Key of a token's header, for jose. */
  readonly get: JWTVerifyGetKey = async (header, token) => {
    // jose would try the only key on a token that names none.
    if (typeof header.kid !== 'string') throw new errors.JWKSNoMatchingKey();
    await this.#ensureFresh();
    try {
      return await this.#find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.#mayTry()) throw error;
      await this.#fetch();
      return this.#find(header, token);
    }
  };

  #find(...[header, token]: Parameters<JWTVerifyGetKey>) {
    if (this.#lookUp === undefined)
      throw new UrrError('UNAVAILABLE', 'the sign-in provider does not answer', { retryAfterSeconds: 5 });
    return this.#lookUp(header, token);
  }

  async #ensureFresh(): Promise<void> {
    if (this.#underWay !== undefined && this.#lookUp === undefined) return this.#underWay;
    const isFresh = this.#source.nowMs() - this.#fetchedAtMs < freshMs;
    if (isFresh || (this.#lookUp !== undefined && !this.#mayTry())) return;
    try {
      await this.#fetch();
    } catch (error) {
      if (this.#lookUp === undefined) throw error;
    }
  }

  #mayTry(): boolean {
    return this.#underWay !== undefined || this.#source.nowMs() - this.#triedAtMs >= refreshIntervalMs;
  }

  #fetch(): Promise<void> {
    this.#underWay ??= this.#load().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #load(): Promise<void> {
    this.#triedAtMs = this.#source.nowMs();
    const keys = await this.#fetchKeys(this.#source.issuer);
    this.#lookUp = createLocalJWKSet({ keys });
    this.#fetchedAtMs = this.#source.nowMs();
  }
}
