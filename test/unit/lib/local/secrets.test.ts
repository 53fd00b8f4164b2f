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

describe('the stand-in for Secrets Manager, asked by the real SDK', () => {
  it('gives the current value by ARN and by name', async () => {
    const { arn } = server.store.create('by-name', 'us-east-1', '000000000000', 'v1');
    for (const SecretId of [arn, 'by-name'])
      expect((await client.send(new GetSecretValueCommand({ SecretId }))).SecretString).toBe('v1');
  });

  it('a missing secret is the error the SDK knows', async () => {
    await expect(client.send(new GetSecretValueCommand({ SecretId: 'none' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('rotation: pending has no value until it is put; what was current becomes previous', async () => {
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

  it('a token is used once: the same value again is the same, another value is refused', async () => {
    const { arn } = server.store.create('tokens', 'us-east-1', '000000000000', undefined);
    const put = (SecretString: string) =>
      client.send(
        new PutSecretValueCommand({ SecretId: arn, SecretString, ClientRequestToken: 't'.repeat(32) }),
      );
    await put('a');
    await put('a');
    await expect(put('b')).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  it('a dynamic reference finds the value, or one key of it', () => {
    const { arn } = server.store.create('json', 'us-east-1', '000000000000', '{"user":"u"}');
    expect(server.resolve(arn, 'user', '')).toBe('u');
    expect(() => server.resolve(arn, 'none', '')).toThrow('no text field none');
  });
});

describe('a generated secret', () => {
  it('has the length and the characters the template asks for', () => {
    expect(generateSecretString({ PasswordLength: 64, ExcludePunctuation: true })).toMatch(
      /^[A-Za-z0-9]{64}$/,
    );
    expect(generateSecretString({})).toHaveLength(32);
  });
});
