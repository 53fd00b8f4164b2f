import { exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT } from 'jose';
import { tokenAlgorithm } from '#contract/tokens.ts';
import { type PrivateKey, privateKeySchema, publicKeys, type SigningKey } from '#core/access/signing-keys.ts';
import { UrrError } from '#core/errors.ts';

/** Returns a new private key for URR's tokens. */
export async function newPrivateKey(): Promise<PrivateKey> {
  const { privateKey } = await generateKeyPair(tokenAlgorithm, { extractable: true });
  const { kty, crv, x, y, d } = await exportJWK(privateKey);
  return privateKeySchema.parse({ kty, crv, x, y, d });
}

/**
 * Signs with a key and verifies with its published part.
 * @throws UrrError INTERNAL if the two do not match
 */
export async function assertKeyWorks(key: SigningKey): Promise<void> {
  const [published] = publicKeys({ keys: [key] });
  try {
    if (published === undefined) throw new Error('the key set has no public part of this key');
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: tokenAlgorithm })
      .sign(await importJWK({ ...key.privateJwk }, tokenAlgorithm));
    await jwtVerify(token, await importJWK(published, tokenAlgorithm), { algorithms: [tokenAlgorithm] });
  } catch (cause) {
    throw new UrrError(
      'INTERNAL',
      `signing key ${key.kid} cannot verify its own signature; start the rotation again`,
      { cause },
    );
  }
}
