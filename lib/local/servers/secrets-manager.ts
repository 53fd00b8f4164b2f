import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { SecretStore, SecretsError } from './secret-store.ts';

const secretId = z.string().min(1).max(2048);
const label = z.string().min(1).max(256);

/** The calls that URR makes. Any other call, and any field that has no effect here, is refused by name. */
const operations = {
  GetSecretValue: z.strictObject({
    SecretId: secretId,
    VersionStage: label.optional(),
    VersionId: z.string().optional(),
  }),
  PutSecretValue: z.strictObject({
    SecretId: secretId,
    SecretString: z.string().max(65_536),
    ClientRequestToken: z.string().min(32).max(64),
    VersionStages: z.array(label).min(1).max(20).optional(),
  }),
  DescribeSecret: z.strictObject({ SecretId: secretId }),
  UpdateSecretVersionStage: z.strictObject({
    SecretId: secretId,
    VersionStage: label,
    MoveToVersionId: z.string().optional(),
    RemoveFromVersionId: z.string().optional(),
  }),
} as const;

/** Secrets Manager's own limit for a value is 64 KB; JSON escapes may double it. */
const bodyBytesMax = 200_000;

export interface SecretsManager {
  readonly url: string;
  readonly store: SecretStore;
  /** Returns the value of a dynamic reference: a secret's value, or one key of a JSON value. Empty stage: AWSCURRENT. */
  resolve(id: string, jsonKey: string, stage: string): string;
  stop(): Promise<void>;
}

/** An imitation of Secrets Manager with the SDK's protocol (AWS JSON 1.1), for exactly the calls in use. */
export async function startSecretsManager(): Promise<SecretsManager> {
  const store = new SecretStore(Date.now);
  const server = createServer(async (request, response) => {
    const answer = await answerTo(request, store);
    response
      .writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify(answer.body));
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the secrets server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    store,
    resolve(id, jsonKey, stage) {
      const { value } = store.getValue(id, stage === '' ? undefined : stage);
      if (jsonKey === '') return value;
      const field: unknown = Object(JSON.parse(value))[jsonKey];
      if (typeof field !== 'string') throw new Error(`the secret has no text field ${jsonKey}`);
      return field;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answerTo(
  request: IncomingMessage,
  store: SecretStore,
): Promise<{ status: number; body: unknown }> {
  try {
    const target = String(request.headers['x-amz-target'] ?? '').replace(/^secretsmanager\./, '');
    const body: unknown = JSON.parse(await readBody(request));
    return { status: 200, body: run(target, body, store) };
  } catch (error) {
    if (error instanceof SecretsError)
      return { status: 400, body: { __type: error.name, Message: error.message } };
    const message = error instanceof z.ZodError ? z.prettifyError(error) : 'the request cannot be read';
    return { status: 400, body: { __type: 'ValidationException', Message: message } };
  }
}

function run(target: string, body: unknown, store: SecretStore): unknown {
  switch (target) {
    case 'GetSecretValue': {
      const input = operations.GetSecretValue.parse(body);
      const found = store.getValue(input.SecretId, input.VersionStage, input.VersionId);
      return {
        ARN: found.secret.arn,
        Name: found.secret.name,
        VersionId: found.versionId,
        SecretString: found.value,
        VersionStages: [...found.version.stages],
        CreatedDate: found.version.createdAtMs / 1000,
      };
    }
    case 'PutSecretValue': {
      const input = operations.PutSecretValue.parse(body);
      const stages = input.VersionStages ?? ['AWSCURRENT'];
      const secret = store.putValue(input.SecretId, input.SecretString, input.ClientRequestToken, stages);
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: input.ClientRequestToken,
        VersionStages: stages,
      };
    }
    case 'DescribeSecret': {
      const secret = store.find(operations.DescribeSecret.parse(body).SecretId);
      const stages = [...secret.versions]
        .filter(([, version]) => version.stages.size > 0)
        .map(([id, version]) => [id, [...version.stages]]);
      return {
        ARN: secret.arn,
        Name: secret.name,
        RotationEnabled: secret.rotationLambdaArn !== undefined,
        RotationLambdaARN: secret.rotationLambdaArn,
        VersionIdsToStages: Object.fromEntries(stages),
      };
    }
    case 'UpdateSecretVersionStage': {
      const input = operations.UpdateSecretVersionStage.parse(body);
      const secret = store.updateStage(
        input.SecretId,
        input.VersionStage,
        input.MoveToVersionId,
        input.RemoveFromVersionId,
      );
      return { ARN: secret.arn, Name: secret.name };
    }
    default:
      throw new SecretsError('UnknownOperationException', `${target} has no local form`);
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > bodyBytesMax) throw new SecretsError('ValidationException', 'the request is too large');
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}
