import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';

/** A secret as its rotation sees it. A version id is the rotation's token. */
export interface RotatingSecret {
  /** Stages by version id. */
  versions(): Promise<Readonly<Record<string, readonly string[]>>>;
  current(): Promise<string | undefined>;
  pending(versionId: string): Promise<string | undefined>;
  /** Stores a pending version; one that is there already stays as it is. */
  putPending(versionId: string, value: string): Promise<void>;
  /** Makes a version the current one, in place of `from`. */
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
        // An earlier attempt of this rotation put its own key: that one counts.
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
