import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import { fetchSignInKeys, signInKeys } from '#adapters/accounts/keys.ts';
import { makeOpenIdProvider } from '#adapters/accounts/openid.ts';
import { makeSeal } from '#adapters/accounts/seal.ts';
import { makeSignIn } from '#adapters/accounts/sign-in.ts';
import { cached } from '#adapters/cached.ts';
import { createEndedSessions } from '#adapters/dynamodb/accounts/ended-sessions.ts';
import { makeSessionStore } from '#adapters/dynamodb/accounts/session-store.ts';
import { authPaths } from '#contract/accounts.ts';
import { tables } from '#contract/tables.ts';
import { startLocalIssuer } from '#local/openid/issuer.ts';
import { type AuthDeps, refreshSchema, transactionSchema } from '../../../functions/auth/deps.ts';
import { makeHandler } from '../../../functions/auth/handler.ts';
import { patienceMs } from '../../support/time/patience-ms.ts';
import { Browser } from './browser.ts';
import { startLambdaServer } from './lambda-server.ts';

export const password = 'Correct-horse-7-battery';
const clientId = 'urr-test';
const table = 'sessions';
const originHeader = ['x-urr-origin-secret', 'through-the-front-door'] as const;

/** The real handler, adapters, issuer and a DynamoDB server, with a clock that tests can move forward. */
export async function startSystem(options: { accessTokenSeconds?: number; sessionSeconds?: number } = {}) {
  const site = await startLambdaServer(originHeader);
  const issuer = await startLocalIssuer({ port: 0, ...options });
  await issuer.addClient({
    clientId,
    redirectUris: [`${site.url}${authPaths.callback}`],
    signOutUris: [`${site.url}/`],
  });
  const database = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => database.listen(0, '127.0.0.1', resolve));
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(database.address() as AddressInfo).port}`,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const key = tables.sessions.partitionKey;
  await client.send(
    new CreateTableCommand({
      TableName: table,
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );

  const clock = { aheadMs: 0 };
  const nowMs = () => Date.now() + clock.aheadMs;
  const secrets = { list: ['first-secret-of-the-test'] };
  const secretSource = cached(async () => secrets.list, { ttlMs: 0, refreshGapMs: 0, staleMs: 0, nowMs });
  const counted: string[] = [];
  const warnings: string[] = [];
  const documents = DynamoDBDocumentClient.from(client);
  const onUnreadable = (error: Error) => void warnings.push(error.message);
  const endedSessions = createEndedSessions(documents, table, onUnreadable);
  const deps: AuthDeps = {
    provider: makeOpenIdProvider({
      issuer: issuer.issuer,
      clientId,
      siteUrl: site.url,
      timeoutSeconds: patienceMs / 1000,
    }),
    sessions: makeSessionStore(documents, table, onUnreadable),
    endedSessions,
    transactions: makeSeal({ kind: 'transaction', schema: transactionSchema, secrets: secretSource, nowMs }),
    refreshes: makeSeal({ kind: 'refresh', schema: refreshSchema, secrets: secretSource, nowMs }),
    signIn: makeSignIn({
      issuer: issuer.issuer,
      clientId,
      nowMs,
      keys: signInKeys({
        issuer: issuer.issuer,
        nowMs,
        fetchKeys: (from) => fetchSignInKeys(from, patienceMs),
      }),
    }),
    siteUrl: site.url,
    sessionSeconds: options.sessionSeconds ?? 12 * 3600,
    nowMs,
    isOriginSecret: async (presented) => presented === originHeader[1],
    telemetry: {
      info: () => {},
      warn: (message, facts) => void warnings.push(`${message} ${JSON.stringify(facts)}`),
      error: () => {},
      count: (metric) => counted.push(metric),
      flush: () => {},
    },
  };
  site.use(makeHandler(deps));

  return {
    site: site.url,
    issuer,
    clientId,
    deps,
    endedSessions,
    clock,
    secrets,
    /** Metrics, with one entry per count. */
    counted,
    /** Warnings as the text of the log. */
    warnings,
    /** Replaces parts, for failures that cannot be caused otherwise. */
    useInstead: (parts: Partial<AuthDeps>) => site.use(makeHandler({ ...deps, ...parts })),
    post: (browser: Browser, path: string, headers: Record<string, string> = { origin: site.url }) =>
      browser.fetch(`${site.url}${path}`, { method: 'POST', headers }),
    me: async (browser: Browser) => {
      const response = await browser.fetch(`${site.url}${authPaths.me}`);
      return { status: response.status, body: (await response.json()) as unknown };
    },
    stop: async () => {
      client.destroy();
      await Promise.all([site.stop(), issuer.stop(), new Promise((resolve) => database.close(resolve))]);
    },
  };
}
export type System = Awaited<ReturnType<typeof startSystem>>;

export const isCallback = (url: string) => new URL(url).pathname === authPaths.callback;

/** Signs in up to the callback, and returns its address without calling it. */
export async function untilCallback(
  system: System,
  browser: Browser,
  email: string,
  returnTo = '/queue/demo',
) {
  const start = `${system.site}${authPaths.signIn}?returnTo=${encodeURIComponent(returnTo)}`;
  const { url, response } = await browser.visit(start, isCallback);
  if (response === undefined) return url;
  const sent = await browser.submit(
    `${new URL(url).origin}${new URL(url).pathname}/sign-in`,
    {
      email,
      password,
    },
    isCallback,
  );
  if (!isCallback(sent.url)) throw new Error(`no callback: ${sent.response?.status} at ${sent.url}`);
  return sent.url;
}

/** Returns a browser that is signed in with a new account. */
export async function signedIn(system: System, email: string, groups: readonly string[] = []) {
  await system.issuer.addAccount(email, password, groups);
  const browser = new Browser();
  const response = await browser.fetch(await untilCallback(system, browser, email));
  return { browser, response };
}
