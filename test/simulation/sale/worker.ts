import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RedisClient } from '#adapters/redis/connect.ts';
import { holdSeconds, holdSecondsMax } from '#contract/sale.ts';
import { salesTableName } from '#contract/sale-tables.ts';
import { tableName } from '#contract/tables.ts';
import { eventHeader } from '#contract/token-names.ts';
import type { SeatLockDeps } from '../../../functions/seat-lock/deps.ts';
import type { Round, WorkerParts } from '../../../functions/worker-runtime/lifecycle.ts';
import type { Input } from '../servers/dynamodb.ts';
import type { Process } from './network.ts';
import { environmentName, providerUrl, webhookSecret } from './setting.ts';
import type { World } from './simulated-sale.ts';

export interface Asked {
  readonly user?: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
export interface Answered {
  readonly status: number;
  readonly body: unknown;
}
type Handler = (request: object, reply: object) => unknown;

/** Period of each round, by which the simulator identifies it. */
export const everyMs = {
  sweep: 30_000,
  reconcile: 45_000,
  publish: 60_000,
  repair: 600_000,
  soldOut: 240_000,
} as const;
/** Period at which the worker reads its events. The read is played before each round that needs it. */
const refreshMs = 1_000;

/** One seat-lock worker: URR's routes and rounds on URR's adapters, whose clients end in the simulated network. */
export class SimulatedWorker {
  readonly process: Process;
  readonly rounds: readonly Round[];
  readonly #refresh: () => Promise<void>;
  readonly #routes = new Map<string, Handler>();

  constructor(world: World, process: Process) {
    this.process = process;
    const lifecycle = world.program.code.createSeatLockWorker(workerDeps(world, process), {
      host: '127.0.0.1',
      port: 0,
      drainGraceMs: 0,
      drainMaxMs: 0,
    });
    // program.ts replaces the frame by these parts.
    const { parts } = lifecycle as unknown as { readonly parts: WorkerParts };
    const addRoutes = parts.makeServer({ isReady: () => true } as never) as unknown as (
      server: object,
    ) => void;
    addRoutes(this.#server());
    const rounds = parts.rounds(() => false);
    this.rounds = rounds.filter((round) => round.everyMs !== refreshMs);
    const refresh = rounds.find((round) => round.everyMs === refreshMs);
    if (refresh === undefined) throw new Error('the worker reads no events');
    this.#refresh = () => refresh.work();
  }

  /** The part of Fastify that the routes use: it registers them, and calls them with the parts of a request. */
  #server(): object {
    const add = (method: string) => (path: string, handler: Handler) => {
      this.#routes.set(`${method} ${path}`, handler);
    };
    const server = {
      get: add('GET'),
      post: add('POST'),
      register: (plugin: (scope: unknown) => Promise<void>) => plugin(server),
      removeAllContentTypeParsers: () => {},
      addContentTypeParser: () => {},
    };
    return server;
  }

  /** Runs one round, by its index. */
  async round(index: number): Promise<void> {
    const round = this.rounds[index];
    if (round === undefined) throw new Error(`there is no round ${index}`);
    if (round.everyMs === everyMs.repair || round.everyMs === everyMs.soldOut) await this.#refresh();
    await round.work();
  }

  /**
   * Calls a route by its registered path.
   * @throws UrrError as the route does
   */
  async ask(route: string, { user, params = {}, headers = {}, body }: Asked): Promise<Answered> {
    const handler = this.#routes.get(route);
    if (handler === undefined) throw new Error(`there is no route ${route}`);
    let status = 200;
    const reply = {
      status(code: number) {
        status = code;
        return reply;
      },
      header: () => reply,
      type: () => reply,
      send: (sent: unknown) => sent,
    };
    const signedIn = user === undefined ? {} : { authorization: `Bearer ${user}` };
    const [method, url] = route.split(' ');
    const request = {
      params,
      body,
      query: {},
      headers: { ...signedIn, 'x-forwarded-for': '192.0.2.1', ...headers },
      socket: { remoteAddress: '192.0.2.2' },
      ip: '192.0.2.1',
      method,
      url,
    };
    const answer = await handler(request, reply);
    return { status, body: answer };
  }
}

function workerDeps(world: World, process: Process): SeatLockDeps {
  const { code, lua } = world.program;
  const { nowMs } = process;
  const { onUnreadable } = world;
  const documents = documentClient(world, process);
  const table = (name: Parameters<typeof salesTableName>[1]) => salesTableName(environmentName, name);
  const sales = code.createSalesStore(documents, table('sales'));
  const never = async () => {
    throw new Error('there is no waiting room here');
  };
  return {
    events: code.createEventStore(documents, tableName(environmentName, 'events'), nowMs),
    queue: { heartbeat: never, leave: never },
    holds: code.createHolds(redisClient(world, process), {
      raiseEpoch: (eventId) => sales.raiseEpoch(eventId),
      readScript: lua,
    }),
    reservations: code.createReservationStore(documents, table('reservations'), nowMs, onUnreadable),
    payments: code.createPaymentStore(documents, table('payments'), nowMs, onUnreadable),
    seats: code.createSeatStore(documents, table('seats'), onUnreadable),
    accountSeats: code.createAccountSeatStore(documents, table('sales')),
    sales,
    provider: code.withFreeOrders(
      code.createTossPayments({ url: `${providerUrl}/${process.name}`, secretKey: 'test_sk' }),
    ),
    publisher: code.createReservationPublisher(sqsClient(world, process), 'queue', (error) =>
      world.recordError('sqs', error),
    ),
    verifier: never,
    passOwners: { own: never },
    recentlyEnded: { has: () => false, refresh: async () => undefined },
    signIn: {
      userOf: async (token) => (token === undefined ? undefined : { sub: token, groups: [], expiresAtMs: 0 }),
    },
    limiter: { take: async () => 0, takeWebhook: () => 0 },
    telemetry: world.telemetry,
    nowMs,
    workerId: process.name,
    forwardedHops: 1,
    siteUrl: 'https://tickets.test',
    checkout: { checkoutUrl: undefined, clientKey: 'test_ck' },
    webhookSecret: async () => webhookSecret,
    timings: {
      holdMs: holdSeconds * 1000,
      holdMsMax: holdSecondsMax * 1000,
      sweepMs: everyMs.sweep,
      publishMs: everyMs.publish,
      reconcileMs: everyMs.reconcile,
      retryDelays: { firstMs: 10_000, retryMs: 45_000, retryMsMax: 240_000 },
      repairMs: everyMs.repair,
      soldOutMs: everyMs.soldOut,
    },
    random: () => world.random.next(),
  };
}

/** Queries that are sent together share one connection: if one is lost, all are. */
export function documentClient(world: World, process: Process): DynamoDBDocumentClient {
  let together: { readonly input: Input; readonly done: (outcome: Outcome) => void }[] | undefined;
  const run = (name: string, input: Input) => world.runCommand(process, name, input);
  const leave = () => {
    const queries = together ?? [];
    together = undefined;
    world.network
      .call(process, () => queries.map(({ input }) => outcomeOf(() => run('QueryCommand', input))))
      .then(
        (outcomes) => {
          for (const [at, outcome] of outcomes.entries()) queries[at]?.done(outcome);
        },
        (error: unknown) => {
          for (const { done } of queries) done({ error });
        },
      );
  };
  const client = {
    send({ constructor: { name }, input }: { constructor: { name: string }; input: Input }) {
      if (name !== 'QueryCommand') return world.network.call(process, () => run(name, input));
      if (together === undefined) {
        together = [];
        queueMicrotask(leave);
      }
      const list = together;
      return new Promise((resolve, reject) =>
        list.push({
          input,
          done: (outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value)),
        }),
      );
    },
  };
  return client as unknown as DynamoDBDocumentClient;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

function outcomeOf(work: () => unknown): Outcome {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}

function redisClient(world: World, process: Process): RedisClient {
  const client: Record<string, unknown> = {
    defineCommand(name: string, { lua, numberOfKeys }: { lua: string; numberOfKeys: number }) {
      client[name] = (...given: (string | number)[]) =>
        world.network.call(process, () =>
          world.runScript(lua, given.slice(0, numberOfKeys).map(String), given.slice(numberOfKeys)),
        );
    },
  };
  return client as unknown as RedisClient;
}

function sqsClient(world: World, process: Process): SQSClient {
  interface Entry {
    readonly Id: string;
    readonly MessageBody: string;
    readonly MessageGroupId: string;
    readonly MessageDeduplicationId: string;
  }
  const client = {
    send: ({ input }: { input: { Entries: readonly Entry[] } }) =>
      world.network.call(process, () => {
        for (const { MessageGroupId, MessageDeduplicationId, MessageBody } of input.Entries)
          world.queue.send(MessageGroupId, MessageDeduplicationId, MessageBody);
        return { Successful: input.Entries.map(({ Id }) => ({ Id })), Failed: [] };
      }),
  };
  return client as unknown as SQSClient;
}

export { eventHeader };
