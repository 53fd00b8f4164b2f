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

/** The running system's own signing keys, where it keeps them. Close it after use. */
export interface SigningKeys {
  read(): Promise<KeySet>;
  replace(keys: KeySet): Promise<void>;
  close(): void;
}

export async function openSigningKeys(system: RunningSystem): Promise<SigningKeys> {
  // The function that signs knows which secret it is: from its template.
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

/** ES256 signature, base64url, of any signing input. */
export const signerOf = ({ privateJwk }: SigningKey) =>
  makeSigner(createPrivateKey({ key: { ...privateJwk }, format: 'jwk' }));
