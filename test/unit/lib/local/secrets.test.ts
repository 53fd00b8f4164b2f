import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOptions } from '#local/resources/clients.ts';
import { generateSecretString } from '#local/servers/secret-store.ts';
import { type SecretsManager, startSecretsManager } from '#local/servers/secrets-manager.ts';

let server: SecretsManager;
let client: SecretsManagerClient;
beforeAll(async () => {
  server = await startSecretsManager();
  client = new SecretsManagerClient(clientOptions(server.url, 'us-east-1'));
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

describe('the imitation of Secrets Manager, called by the real SDK', () => {
  it('returns the current value by ARN and by name', async () => {
    const { arn } = server.store.create('by-name', 'us-east-1', '000000000000', 'v1');
    for (const SecretId of [arn, 'by-name'])
      expect((await client.send(new GetSecretValueCommand({ SecretId }))).SecretString).toBe('v1');
  });

  it("throws the SDK's error for a missing secret", async () => {
    await expect(client.send(new GetSecretValueCommand({ SecretId: 'none' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('rotates: a pending version is empty until it is put, and the current one becomes the previous', async () => {
    const { arn } = server.store.create('rotated', 'us-east-1', '000000000000', 'old');
    const { token } = server.store.beginRotation(arn);
    const pending = { SecretId: arn, VersionId: token, VersionStage: 'AWSPENDING' };
    await expect(client.send(new GetSecretValueCommand(pending))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await client.send(
      new PutSecretValueCommand({
        SecretId: arn,
        ClientRequestToken: token,
        SecretString: 'new',
        VersionStages: ['AWSPENDING'],
      }),
    );
    const before = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    expect(before.SecretString).toBe('old');
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: arn,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: token,
        RemoveFromVersionId: before.VersionId,
      }),
    );
    expect((await client.send(new GetSecretValueCommand({ SecretId: arn }))).SecretString).toBe('new');
    const previous = new GetSecretValueCommand({ SecretId: arn, VersionStage: 'AWSPREVIOUS' });
    expect((await client.send(previous)).SecretString).toBe('old');
  });

  it('uses a token once: a repeated value changes nothing, another value is refused', async () => {
    const { arn } = server.store.create('tokens', 'us-east-1', '000000000000', undefined);
    const put = (SecretString: string) =>
      client.send(
        new PutSecretValueCommand({ SecretId: arn, SecretString, ClientRequestToken: 't'.repeat(32) }),
      );
    await put('a');
    await put('a');
    await expect(put('b')).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  it('resolves a dynamic reference to the value, or to one key of it', () => {
    const { arn } = server.store.create('json', 'us-east-1', '000000000000', '{"user":"u"}');
    expect(server.resolve(arn, 'user', '')).toBe('u');
    expect(() => server.resolve(arn, 'none', '')).toThrow('no text field none');
  });
});

describe('a generated secret', () => {
  it('has the length and the characters of the template', () => {
    expect(generateSecretString({ PasswordLength: 64, ExcludePunctuation: true })).toMatch(
      /^[A-Za-z0-9]{64}$/,
    );
    expect(generateSecretString({})).toHaveLength(32);
  });
});
