import { createPrivateKey } from 'node:crypto';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type KeySet, keySetSchema, type SigningKey } from '#core/access/signing-keys.ts';
import { clientOptions } from '#local/resources/clients.ts';
import type { RunningSystem } from '#local/system.ts';
import { makeSigner } from '../../support/access/edge-kit.ts';
import { environmentOf } from '../../support/servers/processes.ts';

/** The running system's own signing keys, in their secret. Close it after use. */
export interface SigningKeys {
  read(): Promise<KeySet>;
  replace(keys: KeySet): Promise<void>;
  close(): void;
}

export async function openSigningKeys(system: RunningSystem): Promise<SigningKeys> {
  // The template names the secret in the environment of the signing function.
  const [pid = 0] = system.functionPids('urr-dev-vwr-api');
  const { SIGNING_KEYS_SECRET: SecretId } = await environmentOf(pid);
  const client = new SecretsManagerClient(clientOptions(system.endpoints.secretsManager, 'ap-northeast-2'));
  return {
    async read() {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
      return keySetSchema.parse(JSON.parse(SecretString ?? ''));
    },
    async replace(keys) {
      await client.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(keys) }));
    },
    close: () => client.destroy(),
  };
}

/** Returns the ES256 signature of a signing input in base64url. */
export const signerOf = ({ privateJwk }: SigningKey) =>
  makeSigner(createPrivateKey({ key: { ...privateJwk }, format: 'jwk' }));
