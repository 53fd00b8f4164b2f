import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { UrrError } from '#core/errors.ts';

/** `current` is the version in use; `previous` is the version before the last rotation. */
type SecretStage = 'current' | 'previous';

/** Returns a secret's text; undefined: there is no version of that stage. */
export type SecretReader = (stage: SecretStage) => Promise<string | undefined>;

const stageLabel = { current: 'AWSCURRENT', previous: 'AWSPREVIOUS' } as const;

export const createSecretsClient = (): SecretsManagerClient =>
  new SecretsManagerClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });

/** @param secretId name or ARN */
export function createSecretReader(client: SecretsManagerClient, secretId: string): SecretReader {
  return async (stage) => {
    try {
      const get = new GetSecretValueCommand({ SecretId: secretId, VersionStage: stageLabel[stage] });
      return (await client.send(get)).SecretString;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw new UrrError('UNAVAILABLE', 'a secret cannot be read at the moment; please try again', {
        retryAfterSeconds: 5,
        cause: error,
      });
    }
  };
}
