import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';

/** A secret during its rotation. The rotation's token is the version id. */
export interface RotatingSecret {
  /** Returns the stages by version id. */
  versions(): Promise<Readonly<Record<string, readonly string[]>>>;
  current(): Promise<string | undefined>;
  pending(versionId: string): Promise<string | undefined>;
  /** Stores a pending version; an existing one stays unchanged. */
  putPending(versionId: string, value: string): Promise<void>;
  /** Makes a version the current one instead of `from`. */
  promote(versionId: string, from: string | undefined): Promise<void>;
}

export function createRotatingSecret(client: SecretsManagerClient, secretId: string): RotatingSecret {
  const value = async (version: { VersionId?: string; VersionStage: string }) => {
    try {
      const answer = await client.send(new GetSecretValueCommand({ SecretId: secretId, ...version }));
      return answer.SecretString;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  };

  return {
    async versions() {
      const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: secretId }));
      return VersionIdsToStages ?? {};
    },
    current: () => value({ VersionStage: 'AWSCURRENT' }),
    pending: (versionId) => value({ VersionId: versionId, VersionStage: 'AWSPENDING' }),
    async putPending(versionId, text) {
      try {
        await client.send(
          new PutSecretValueCommand({
            SecretId: secretId,
            ClientRequestToken: versionId,
            SecretString: text,
            VersionStages: ['AWSPENDING'],
          }),
        );
      } catch (error) {
        // An earlier attempt of this rotation has already stored its key, which stays.
        if (!(error instanceof ResourceExistsException)) throw error;
      }
    },
    async promote(versionId, from) {
      await client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: secretId,
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: versionId,
          ...(from === undefined ? {} : { RemoveFromVersionId: from }),
        }),
      );
    },
  };
}
