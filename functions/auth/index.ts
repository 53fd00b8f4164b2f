import { makeOpenIdProvider } from '#adapters/accounts/openid.ts';
import { makeSeal } from '#adapters/accounts/seal.ts';
import { sealSecrets } from '#adapters/accounts/seal-secrets.ts';
import { makeSignIn } from '#adapters/accounts/sign-in.ts';
import { createEndedSessions } from '#adapters/dynamodb/accounts/ended-sessions.ts';
import { makeSessionStore } from '#adapters/dynamodb/accounts/session-store.ts';
import { createDocumentClient } from '#adapters/dynamodb/client.ts';
import { createSecretReader, createSecretsClient } from '#adapters/secrets/reader.ts';
import { createSharedSecret } from '#adapters/secrets/shared-secret.ts';
import { parseEnvironment } from '#contract/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { reportUnreadable } from '../shared/unreadable.ts';
import { type AuthDeps, refreshSchema, transactionSchema } from './deps.ts';
import { makeHandler } from './handler.ts';

function realDeps(): AuthDeps {
  const environment = parseEnvironment('auth', process.env);
  const nowMs = Date.now;
  const telemetry = createTelemetry();
  const onUnreadable = reportUnreadable(telemetry, nowMs);
  const siteUrl = environment.SITE_URL;
  const client = { issuer: environment.SIGN_IN_ISSUER, clientId: environment.SIGN_IN_CLIENT_ID };
  const tables = createDocumentClient();
  const secretsClient = createSecretsClient();
  const secrets = sealSecrets(createSecretReader(secretsClient, environment.SEAL_SECRET), nowMs);
  return {
    provider: makeOpenIdProvider({ ...client, siteUrl }),
    sessions: makeSessionStore(tables, environment.SESSIONS_TABLE, onUnreadable),
    endedSessions: createEndedSessions(tables, environment.SESSIONS_TABLE, onUnreadable),
    transactions: makeSeal({ kind: 'transaction', schema: transactionSchema, secrets, nowMs }),
    refreshes: makeSeal({ kind: 'refresh', schema: refreshSchema, secrets, nowMs }),
    signIn: makeSignIn({ ...client, nowMs }),
    siteUrl,
    sessionSeconds: environment.SESSION_SECONDS,
    isOriginSecret: createSharedSecret(createSecretReader(secretsClient, environment.ORIGIN_SECRET), nowMs),
    telemetry,
    nowMs,
  };
}

export const handler = makeHandler(realDeps());
