import { assertKeyWorks, newPrivateKey } from '#adapters/access/new-key.ts';
import { createPublishedSecret } from '#adapters/secrets/published-secret.ts';
import { createSecretsClient } from '#adapters/secrets/reader.ts';
import { createRotatingSecret } from '#adapters/secrets/rotating-secret.ts';
import { parseEnvironment } from '#contract/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { type KeyRotationDeps, makeHandler } from './handler.ts';

function realDeps(): KeyRotationDeps {
  const { SIGNING_KEYS_SECRET, PUBLIC_KEYS_SECRET } = parseEnvironment('keyRotation', process.env);
  const client = createSecretsClient();
  return {
    // The secrets come from the environment, whatever the invocation names: this function may change no other.
    secret: createRotatingSecret(client, SIGNING_KEYS_SECRET),
    published: createPublishedSecret(client, PUBLIC_KEYS_SECRET),
    newPrivateKey,
    assertKeyWorks,
    telemetry: createTelemetry(),
    nowMs: Date.now,
  };
}

export const handler = makeHandler(realDeps());
