import { randomBytes, randomUUID } from 'node:crypto';
import { type KeySource, publicHalves } from '#adapters/access/key-source.ts';
import { newPrivateKey } from '#adapters/access/new-key.ts';
import { createTokenSigner } from '#adapters/access/sign.ts';
import { createTokenVerifier } from '#adapters/access/verify.ts';
import { eventSchema, type UrrEvent } from '#contract/event.ts';
import { rotateKeys } from '#core/access/signing-keys.ts';
import type { EventStore } from '#core/events/ports.ts';
import { createJoinBudget } from '#core/line/join-budget.ts';
import type { CounterStore, NetworkTally, PlaceStore } from '#core/line/ports.ts';
import { createShardWalk } from '#core/line/shard-walk.ts';
import type { HttpResponse } from '../../../functions/shared/http.ts';
import type { Telemetry } from '../../../functions/shared/telemetry.ts';
import type { VwrApiDeps } from '../../../functions/vwr-api/deps.ts';
import { makeHandler } from '../../../functions/vwr-api/handler.ts';
import { createLineCache } from '../../../functions/vwr-api/line-cache.ts';
import { createMemoryLine } from './memory-line.ts';

/** Returns an open event as an organizer creates it, with the given differences. */
export const testEvent = (more: Partial<UrrEvent> & { eventId: string }): UrrEvent =>
  eventSchema.parse({
    onSale: 'live',
    isActive: true,
    titleKo: '공연',
    titleEn: 'Show',
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    ...more,
  });

/** Address of the site under test in browsers. */
export const testSiteUrl = 'https://tickets.test';

export const newVisitorId = () => randomBytes(32).toString('base64url');

/** Keys that never change. */
export async function fixedKeys(nowMs: number): Promise<KeySource> {
  const set = rotateKeys({ keys: [] }, nowMs, { kid: 'test', privateJwk: await newPrivateKey() });
  return { get: async () => set, refresh: async () => set };
}

export interface Counted extends Telemetry {
  readonly counts: Map<string, number>;
  readonly lines: string[];
}

/** Telemetry that keeps its calls, as the text of the log. */
export function countingTelemetry(): Counted {
  const counts = new Map<string, number>();
  const lines: string[] = [];
  const write = (level: string) => (message: string, facts?: unknown) => {
    lines.push(`${level} ${message} ${JSON.stringify(facts ?? {})}`);
  };
  return {
    counts,
    lines,
    info: write('info'),
    warn: write('warn'),
    error: (message, error, facts) =>
      write('error')(message, { ...facts, error: error instanceof Error ? error.stack : 'unknown' }),
    count: (metric, value = 1) => {
      counts.set(metric, (counts.get(metric) ?? 0) + value);
    },
    flush: () => {},
  };
}

interface TestApiOptions {
  readonly events: Pick<EventStore, 'get'>;
  readonly places: PlaceStore;
  readonly counters: CounterStore;
  readonly keys: KeySource;
  /** Joins of networks, shared by processes. Absent: counted by this process alone. */
  readonly tally?: NetworkTally;
  readonly nowMs?: () => number;
  readonly more?: Partial<VwrApiDeps>;
}

/** One process of the waiting room's API, with its own state between requests, like a Lambda environment. */
export function createTestApi(options: TestApiOptions) {
  const nowMs = options.nowMs ?? Date.now;
  const tokens = { keys: options.keys, issuer: 'urr-test', nowMs };
  const telemetry = countingTelemetry();
  const deps: VwrApiDeps = {
    lines: createLineCache({ events: options.events, counters: options.counters, nowMs }),
    places: options.places,
    counters: options.counters,
    keys: options.keys,
    signer: createTokenSigner(tokens),
    verifier: createTokenVerifier({ ...tokens, keys: publicHalves(options.keys) }),
    signIn: { userOf: async () => undefined },
    walk: createShardWalk(Math.random),
    joinBudget: createJoinBudget({ tally: options.tally ?? createMemoryLine().tally, nowMs }),
    isOriginSecret: async (presented) => presented === 'secret',
    siteUrl: testSiteUrl,
    telemetry,
    nowMs,
    newRequestId: randomUUID,
    newVisitorId,
    ...options.more,
  };
  const handler = makeHandler(deps);
  const ask = (routeKey: string, request: TestRequest = {}): Promise<HttpResponse> =>
    handler(
      {
        routeKey,
        headers: { 'x-urr-origin-secret': 'secret', ...request.headers },
        cookies: request.cookies ?? [],
        pathParameters: request.parameters ?? {},
        requestContext: { http: { sourceIp: '127.0.0.1' } },
      },
      lambdaContext,
    );
  return {
    ask,
    telemetry,
    deps,
    assign: (eventId: string, request: TestRequest = {}) =>
      ask('POST /vwr/assign/{eventId}', { ...request, parameters: { eventId } }),
    check: (eventId: string, id: string, request: TestRequest = {}) =>
      ask('GET /vwr/check/{eventId}/{id}', { ...request, parameters: { eventId, id } }),
    status: (eventId: string) => ask('GET /vwr/status/{eventId}', { parameters: { eventId } }),
  };
}

interface TestRequest {
  readonly headers?: Record<string, string>;
  readonly cookies?: readonly string[];
  readonly parameters?: Record<string, string>;
}

/** The part of Lambda's context that middy uses. */
export const lambdaContext = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'test',
  functionVersion: '1',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:1:function:test',
  memoryLimitInMB: '128',
  awsRequestId: 'test',
  logGroupName: 'test',
  logStreamName: 'test',
  getRemainingTimeInMillis: () => 10_000,
  done: () => {},
  fail: () => {},
  succeed: () => {},
};

/** Returns the `name=value` pairs that a browser would send after a response. */
export const cookiesOf = (answer: HttpResponse): string[] =>
  (answer.cookies ?? []).map((line) => line.split(';')[0] ?? '');
