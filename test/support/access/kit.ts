import { randomUUID } from 'node:crypto';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { createPlaceStore } from '#adapters/dynamodb/line/places.ts';
import { createSalesStore } from '#adapters/dynamodb/sale/layouts.ts';
import type { LineMode, UrrEvent } from '#contract/event.ts';
import { queueKeys } from '#contract/queue-keys.ts';
import { salesTableName } from '#contract/sale-tables.ts';
import { tableName } from '#contract/tables.ts';
import {
  accessCookie,
  eventHeader,
  tokenCookie,
  tokenHeader,
  visitorCookie,
  visitorHeader,
} from '#contract/tokens.ts';
import { composeEdgeConfig } from '#core/access/edge-config.ts';
import { publicKeys } from '#core/access/signing-keys.ts';
import { routeTree } from '../../../edge/shared/tree.ts';
import { makeHandler } from '../../../edge/token-gate/handler.ts';
import { readyConfig } from '../../../edge/token-gate/ready-config.ts';
import { AdmissionWorker } from '../../../functions/admission/worker.ts';
import { defaultTimings } from '../../../functions/seat-lock/policy.ts';
import { createSeatLockWorker } from '../../../functions/seat-lock/worker.ts';
import { createTestApi, testEvent } from '../line/vwr-api.ts';
import { admissionDeps } from '../queue/admission-deps.ts';
import { testPolicy } from '../queue/harness.ts';
import { seatDeps } from '../sale/seat-deps.ts';
import { testSections } from '../sale/seat-sections.ts';
import { createSalesTables } from '../sale/tables.ts';
import { startDynamodb } from '../servers/dynamodb.ts';
import { startRedis } from '../servers/redis.ts';
import { patienceMs } from '../time/patience-ms.ts';
import { createCredentials, generation } from './credentials.ts';
import { originEvent } from './edge-events.ts';
import { readAnswer } from './edge-functions.ts';
import { createIdentities, keySourceOf, signInClient, signInIssuer, testIssuer } from './identities.ts';
import { type Answer, type ApiCase, type Case, modes, type State, states } from './table.ts';

/** The gate and both workers in one process, on one Redis and one DynamoDB, with the events and tokens of the access table. */
export interface AccessKit {
  askGate(one: Case): Promise<Answer>;
  askWorker(one: Case): Promise<Answer>;
  askApi(one: ApiCase): Promise<Answer>;
  stop(): Promise<void>;
}

const nameOf = (mode: LineMode, state: State, requiresSignIn = false) =>
  `${mode}-${state}${requiresSignIn ? '-accounts' : ''}`;

const attributes: Record<Exclude<State, 'unknown'>, Partial<UrrEvent>> = {
  open: {},
  inactive: { isActive: false },
  closed: { onSale: undefined },
  draft: { isDraft: true },
  paused: { isPaused: true },
  'sold-out': { isSoldOut: true },
  upcoming: { opensAt: '2999-01-01T00:00:00Z' },
};

export async function startAccessKit(): Promise<AccessKit> {
  const nowMs = Date.now();
  const [redis, dynamodb, identities] = await Promise.all([
    startRedis(),
    startDynamodb(),
    createIdentities(),
  ]);
  const environmentName = `t${randomUUID().slice(0, 8)}`;
  await dynamodb.createTables(environmentName);
  await createSalesTables(dynamodb.client, environmentName);
  const store = createEventStore(dynamodb.documents, tableName(environmentName, 'events'), Date.now);
  const layouts = createSalesStore(dynamodb.documents, salesTableName(environmentName, 'sales'));
  for (const mode of modes)
    for (const state of states) {
      if (state === 'unknown') continue;
      for (const requiresSignIn of [false, true]) {
        const eventId = nameOf(mode, state, requiresSignIn);
        await store.create(testEvent({ eventId, mode, generation, requiresSignIn, ...attributes[state] }));
      }
      const eventId = nameOf(mode, state);
      await layouts.putLayout({ eventId, revision: 1, sections: testSections });
      await redis.client().hset(queueKeys(eventId, generation).meta, 'most', 1_000);
    }

  const settings = {
    dynamodbUrl: dynamodb.url,
    environmentName,
    // No message is published and no payment made here.
    sqsUrl: 'http://127.0.0.1:9',
    queueUrl: 'http://127.0.0.1:9/0/none.fifo',
    keys: identities.keys,
  };
  const redisAt = { host: redis.host, port: redis.port };
  const admission = admissionDeps({
    ...settings,
    redis: { ...redisAt, isCluster: false },
    policy: testPolicy,
    forwardedHops: 0,
    isLimited: false,
  });
  const seats = seatDeps({
    ...settings,
    redis: redisAt,
    payments: { url: 'http://127.0.0.1:9', secretKey: 'none', webhookSecret: 'none' },
    timings: defaultTimings,
  });
  const options = { port: 0, host: '127.0.0.1', drainGraceMs: 0, drainMaxMs: 5_000 };
  const unlimited = { take: async () => 0, takeWebhook: () => 0 };
  const workers = {
    admission: new AdmissionWorker(admission.deps, options),
    'seat-lock': createSeatLockWorker({ ...seats.deps, limiter: unlimited }, options),
  };
  const ports = {
    admission: await workers.admission.start(),
    'seat-lock': await workers['seat-lock'].start(),
  };

  const { events } = await store.listLive();
  const config = composeEdgeConfig({
    events,
    invalidEventIds: [],
    keys: publicKeys(identities.keys.tokens),
    issuer: testIssuer,
    signIn: { issuer: signInIssuer, clientId: signInClient, keys: [identities.keys.signIn] },
    previous: undefined,
    nowMs,
  });
  const gate = makeHandler({
    tree: routeTree,
    load: async () => readyConfig(config, true),
    nowMs: Date.now,
    log: () => {},
  });
  const api = createTestApi({
    events: store,
    places: createPlaceStore(dynamodb.documents, tableName(environmentName, 'positions')),
    counters: createCounterStore(dynamodb.documents, tableName(environmentName, 'counters')),
    keys: keySourceOf(identities.keys.tokens),
    more: { signIn: seats.deps.signIn },
  });

  const { visitor, tokensOf, accountOf, ticketOf } = await createCredentials(identities);

  async function requestOf(one: Case) {
    const { route, mode, state, token, account, carrier } = one;
    const eventId = nameOf(mode, state);
    const cookies: string[] = [];
    const headers: [string, string][] = [];
    const tokens = await tokensOf(token, eventId);
    if (carrier === 'cookies') {
      cookies.push(`${visitorCookie}=${visitor}`);
      cookies.push(...tokens.map(([kind, text]) => `${tokenCookie[kind](eventId)}=${text}`));
    } else {
      headers.push([visitorHeader, visitor]);
      headers.push(...tokens.map(([kind, text]): [string, string] => [tokenHeader[kind], text]));
    }
    const { cookie, bearer } = accountOf(account);
    if (bearer !== undefined) headers.push(['authorization', `Bearer ${bearer}`]);
    if (cookie !== undefined) cookies.push(`${accessCookie}=${cookie}`);
    if (cookies.length > 0) headers.push(['cookie', cookies.join('; ')]);
    if (!route.path.includes('{eventId}')) headers.push([eventHeader, eventId]);
    return { method: route.method, target: route.path.replace('{eventId}', eventId), headers };
  }

  return {
    async askApi(one) {
      const eventId = nameOf(one.mode, one.state, one.requiresSignIn);
      const requestId = randomUUID();
      const ticket = await ticketOf(one.ticket, eventId, requestId);
      const cookies: string[] = [];
      const headers: Record<string, string> = {};
      if (one.carrier === 'cookies') cookies.push(`${visitorCookie}=${visitor}`);
      else headers[visitorHeader] = visitor;
      if (ticket !== undefined && one.carrier === 'cookies')
        cookies.push(`${tokenCookie.ticket(eventId)}=${ticket}`);
      if (ticket !== undefined && one.carrier === 'headers') headers[tokenHeader.ticket] = ticket;
      const { cookie, bearer } = accountOf(one.account);
      if (bearer !== undefined) headers.authorization = `Bearer ${bearer}`;
      if (cookie !== undefined) cookies.push(`${accessCookie}=${cookie}`);
      const request = { cookies, headers };
      const answer =
        one.call === 'assign'
          ? await api.assign(eventId, request)
          : await api.check(eventId, requestId, request);
      return answer.statusCode === 200 ? 'granted' : String(JSON.parse(answer.body).code);
    },
    async askGate(one) {
      const { status, code, location } = readAnswer(await gate(originEvent(await requestOf(one))));
      if (status === 0) return 'through';
      if (location === undefined) return code ?? `${status}`;
      if (location.startsWith('/sign-in')) return 'NOT_SIGNED_IN';
      return location.startsWith('/vwr/') ? 'PASS_REQUIRED' : 'ENTRY_TOKEN_REQUIRED';
    },
    async askWorker(one) {
      const { worker } = one.route;
      if (worker === undefined) throw new Error('no worker answers a page');
      const { method, target, headers } = await requestOf(one);
      const answer = await fetch(`http://127.0.0.1:${ports[worker]}${target}`, {
        method,
        headers,
        signal: AbortSignal.timeout(patienceMs),
      });
      const text = await answer.text();
      if (answer.ok) return 'granted';
      const { code, error } = JSON.parse(text);
      // The first thing that a reservation lacks after access is granted.
      return code === 'BAD_REQUEST' && String(error).includes('idempotency-key') ? 'granted' : String(code);
    },
    async stop() {
      await Promise.all([workers.admission.stop(), workers['seat-lock'].stop()]);
      admission.close();
      seats.close();
      await Promise.all([redis.stop(), dynamodb.stop()]);
    },
  };
}
