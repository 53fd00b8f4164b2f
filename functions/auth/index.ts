import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { createDocumentClient } from '#adapters/dynamodb/client.ts';
import { createSecretReader, createSecretsClient } from '#adapters/secrets/reader.ts';
import { createSharedSecret } from '#adapters/secrets/shared-secret.ts';
import { makeOpenIdProvider } from '#adapters/sign-in/openid.ts';
import { makeSeal } from '#adapters/sign-in/seal.ts';
import { sealSecrets } from '#adapters/sign-in/seal-secrets.ts';
import { makeSessionStore } from '#adapters/sign-in/session-store.ts';
import { makeSignIn } from '#adapters/sign-in/verifier.ts';
import { parseEnvironment } from '#contract/environment.ts';
import { metrics as names } from '#contract/metrics.ts';
import { originSecretHeader } from '#contract/tokens.ts';
import { UrrError } from '#core/errors.ts';
import { refreshSchema, transactionSchema } from './deps.ts';
import { makeHandler } from './handler.ts';

const environment = parseEnvironment('auth', process.env);
const logger = new Logger();
const metrics = new Metrics();
const nowMs = Date.now;
const secretsClient = createSecretsClient();
const secrets = sealSecrets(createSecretReader(secretsClient, environment.SEAL_SECRET), nowMs);
const isOriginSecret = createSharedSecret(
  createSecretReader(secretsClient, environment.ORIGIN_SECRET),
  nowMs,
);
const provider = { issuer: environment.SIGN_IN_ISSUER, clientId: environment.SIGN_IN_CLIENT_ID };

export const handler = makeHandler({
  provider: makeOpenIdProvider({ ...provider, siteUrl: environment.SITE_URL }),
  sessions: makeSessionStore(createDocumentClient(), environment.SESSIONS_TABLE),
  transactions: makeSeal({ kind: 'transaction', schema: transactionSchema, secrets, nowMs }),
  refreshes: makeSeal({ kind: 'refresh', schema: refreshSchema, secrets, nowMs }),
  signIn: makeSignIn(provider),
  siteUrl: environment.SITE_URL,
  sessionSeconds: environment.SESSION_SECONDS,
  nowMs,
  isFromEntrance: (headers) => isOriginSecret(headers[originSecretHeader]),
  onReuse: () => {
    logger.warn('a refresh token came back after its use; its session has ended');
    metrics.addMetric(names.refreshReused, MetricUnit.Count, 1);
    metrics.publishStoredMetrics();
  },
  onError: (error) => {
    if (!(error instanceof UrrError))
      logger.error('unexpected failure', { error: error instanceof Error ? error : typeof error });
    else if (error.status >= 500) logger.warn('request failed', { code: error.code, cause: causeOf(error) });
    else logger.debug('request refused', { code: error.code });
  },
});

/** Names and codes alone: a message of a library may quote what it was given. */
function causeOf({ cause }: UrrError): object | undefined {
  if (!(cause instanceof Error)) return undefined;
  return { name: cause.name, ...('code' in cause ? { code: String(cause.code) } : {}) };
}
