import { createHash, hkdfSync } from 'node:crypto';
import { EncryptJWT, errors, jwtDecrypt } from 'jose';
import type { z } from 'zod';
import type { Cached } from '../cached.ts';

/**
 * Cookies that only URR can read or write: JWE, AES-256-GCM, with one key per kind, derived from one secret. A cookie
 * of one kind is not valid as another, nor after its expiry.
 */
export interface Seal<T> {
  seal(payload: T, expiresAtMs: number): Promise<string>;
  /** Returns undefined for a value that URR did not seal or that has expired. */
  open(sealed: string): Promise<T | undefined>;
}

interface SealOptions<T> {
  /** Name of the kind; part of the key. */
  readonly kind: string;
  readonly schema: z.ZodType<T>;
  /** The current secret first, then its predecessor, so that a rotation ends no sign-in. */
  readonly secrets: Cached<readonly string[]>;
  readonly nowMs: () => number;
}

/** Browsers drop larger cookies, name and attributes included. */
const sealedLengthMax = 3_900;
const payloadClaim = 'p';

export function makeSeal<T>({ kind, schema, secrets, nowMs }: SealOptions<T>): Seal<T> {
  const typ = `urr-${kind}+jwe`;
  return {
    async seal(payload, expiresAtMs) {
      const [secret] = await secrets.get();
      if (secret === undefined) throw new Error(`no secret to seal ${kind} cookies with`);
      return new EncryptJWT({ [payloadClaim]: payload })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ, kid: keyIdOf(secret) })
        .setExpirationTime(Math.floor(expiresAtMs / 1000))
        .encrypt(keyOf(secret, kind));
    },

    async open(sealed) {
      if (sealed.length > sealedLengthMax) return undefined;
      try {
        const { payload } = await jwtDecrypt(
          sealed,
          async ({ kid }) => {
            const named = (known: readonly string[]) => known.find((secret) => keyIdOf(secret) === kid);
            const secret = named(await secrets.get()) ?? named(await secrets.refresh());
            if (secret === undefined) throw new errors.JWEDecryptionFailed();
            return keyOf(secret, kind);
          },
          {
            keyManagementAlgorithms: ['dir'],
            contentEncryptionAlgorithms: ['A256GCM'],
            typ,
            requiredClaims: ['exp'],
            clockTolerance: 0,
            currentDate: new Date(nowMs()),
          },
        );
        return schema.safeParse(payload[payloadClaim]).data;
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}

const keyOf = (secret: string, kind: string) =>
  new Uint8Array(hkdfSync('sha256', secret, '', `urr sign-in ${kind}`, 32));
/** Identifies a secret without disclosing it: eight characters of a hash of a random 32-byte value. */
const keyIdOf = (secret: string) =>
  createHash('sha256').update(`urr sign-in kid ${secret}`).digest('base64url').slice(0, 8);
