import {
  PutSecretValueCommand,
  ResourceExistsException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

/** A secret that one writer replaces as a whole. A version id names the value: a repeated put changes nothing. */
export interface PublishedSecret {
  put(versionId: string, value: string): Promise<void>;
}

export const createPublishedSecret = (client: SecretsManagerClient, secretId: string): PublishedSecret => ({
  async put(versionId, value) {
    const put = new PutSecretValueCommand({
      SecretId: secretId,
      ClientRequestToken: versionId,
      SecretString: value,
      VersionStages: ['AWSCURRENT'],
    });
    try {
      await client.send(put);
    } catch (error) {
      // An earlier attempt of the same rotation has already published its keys.
      if (!(error instanceof ResourceExistsException)) throw error;
    }
  },
});
