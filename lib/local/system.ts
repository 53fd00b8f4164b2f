import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { paymentsApiPrefix } from '#contract/sale-http.ts';
import { type Assembly, readAssembly } from './cloudformation/assembly.ts';
import { type RunningTemplates, runTemplates } from './cloudformation/engine.ts';
import { type Entrance, openEntrance } from './cloudfront/http-server.ts';
import { AsyncInvoker } from './lambda/async-invoke.ts';
import { createLog, type Log, silentLog } from './log.ts';
import type { LocalIssuer } from './openid/issuer.ts';
import { type Sandbox, startSandbox } from './payments/sandbox.ts';
import { sharedSecret, sharedSecretId } from './payments/shop-secrets.ts';
import {
  type Endpoints,
  type LocalRedis,
  localCredentials,
  type OriginRequest,
  type Registry,
} from './registry.ts';
import { clientOptions } from './resources/clients.ts';
import { resourceModules } from './resources/index.ts';
import { startChildServer } from './servers/child-server.ts';
import { startSecretsManager } from './servers/secrets-manager.ts';
import { writeStateFile } from './state-file.ts';
import { synthesize } from './synthesize.ts';

export interface SystemOptions {
  /** Environment to synthesize. @default dev */
  readonly environmentName?: string | undefined;
  /** Ports of the public address, tried in this order while they are in use; 0 takes any free one. @default [0] */
  readonly ports?: readonly number[] | undefined;
  /** Seconds between two cycles of the advancer, instead of the template's. */
  readonly cycleSeconds?: number | undefined;
  /** Writes no lines to the terminal. @default false */
  readonly quiet?: boolean | undefined;
  /** A cloud assembly to run as it is. @default - synthesizes, or uses the last synthesis if no input has changed */
  readonly templates?: string | undefined;
  /** Most processes per Lambda function. @default 4 */
  readonly processesPerFunctionMax?: number | undefined;
  /** Factor of the time limits of functions, API and health checks: a busy machine is no Lambda. @default 1 */
  readonly timeLimitFactor?: number | undefined;
  /** File with the address for `urr --local`; false writes none. @default .urr/local.json */
  readonly stateFile?: string | false | undefined;
  /** Aborts a start: started resources are stopped, and the promise rejects. */
  readonly signal?: AbortSignal | undefined;
  /** Called for each step of the start. */
  readonly onProgress?: ((step: string) => void) | undefined;
}

export interface RunningSystem {
  /** `http://localhost:N`, instead of CloudFront's address on AWS. */
  readonly url: string;
  readonly endpoints: Endpoints;
  readonly environmentName: string;
  /** Environment for SDK clients that should reach the embedded servers. */
  readonly credentials: Readonly<Record<string, string>>;
  /** The URL that an SQS client uses, by queue ARN. */
  readonly queueUrls: ReadonlyMap<string, string>;
  /** Domain names of the origins behind the distribution. */
  readonly origins: readonly string[];
  /** Invocations per function since the start or the last reset, by the function's name in the log. */
  requestCounts(): Record<string, number>;
  resetCounts(): void;
  /** Requests that went past the edge and its cache, oldest first. */
  originRequests(): readonly OriginRequest[];
  /** Redis servers of the templates with their users and passwords, for tests that read their data. */
  readonly redis: readonly LocalRedis[];
  /** Process ids of a container service's tasks, by its name in the log. */
  servicePids(name: string): number[];
  /** SIGKILL to a service's tasks, which are replaced. Returns their number. */
  killService(name: string): number;
  /** Process ids of a function's execution environments. */
  functionPids(name: string): number[];
  /** SIGKILL to all processes of a function; returns their number. The next invocation starts a new one. */
  killFunction(name: string): number;
  /** Invokes the function once without a route, for tests of repeated and late events. */
  invokeFunction(name: string, event: unknown): Promise<unknown>;
  /** The sign-in provider, for tests that create accounts. Undefined if the templates have none. */
  readonly issuer: LocalIssuer | undefined;
  /** The payment provider of this run: its books, and its switches for failures. */
  readonly payments: Sandbox;
  /** Ends every process and server of the start. */
  stop(): Promise<void>;
}

const processesDefault = 4;

/** Runs the synthesized templates on this machine. Rejects with an error that names the resource that cannot run. */
export async function startSystem(options: SystemOptions = {}): Promise<RunningSystem> {
  const environmentName = options.environmentName ?? 'dev';
  const log = options.quiet === true ? silentLog : createLog((line) => console.log(line));
  const progress = options.onProgress ?? (() => {});
  const stops: (() => void | Promise<void>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await Promise.resolve(one()).catch(() => {}); // A failure must not keep the others running.
  };
  try {
    progress('starting DynamoDB, S3, SQS and Secrets Manager; synthesizing');
    const entrance = await openEntrance(options.ports ?? [0]);
    stops.push(() => entrance.stop());
    const serversStarting = startServers(log, stops, entrance.url);
    const directory = options.templates ?? (await synthesize(environmentName, progress, options.signal));
    const servers = await serversStarting;
    options.signal?.throwIfAborted();
    const assembly = await readAssembly(directory);
    const registry = createWorld(options, log, assembly, servers, entrance);
    servers.shop.registry = registry;
    progress(`starting ${assembly.stacks.length} stacks`);
    const templates: RunningTemplates = await runTemplates(assembly, resourceModules, registry);
    stops.push(templates.stop);
    // All at once, because each takes time to drain.
    stops.push(async () => void (await Promise.all(registry.services.map((service) => service.stop()))));
    options.signal?.throwIfAborted();
    const { url } = entrance;
    if (entrance.distribution === undefined)
      log.warn('local', 'the templates have no distribution: the public address responds with 503');
    if (options.stateFile !== false) {
      const state = {
        url,
        endpoints: registry.endpoints,
        environmentName,
        ...paymentsOf(registry, servers.payments.url),
        pid: process.pid,
      };
      const kept = (other: string) =>
        log.info('local', `urr --local continues to use the earlier run at ${other}`);
      stops.push(await writeStateFile(options.stateFile, state, kept));
    }
    return handle(url, environmentName, registry, servers.payments, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The sandbox for `urr --local payment`, if the templates have a sale and so a secret of it. */
function paymentsOf(registry: Registry, url: string) {
  try {
    return { payments: { url, secretId: sharedSecretId(registry, 'PAYMENT_SECRET') } };
  } catch {
    return {};
  }
}

async function startServers(log: Log, stops: (() => void | Promise<void>)[], siteUrl: string) {
  const starting = [
    startChildServer('dynamodb', 'dynamodb-child.ts', log),
    startChildServer('s3 and sqs', 'queues-child.ts', log),
  ] as const;
  for (const one of starting) stops.push(async () => (await one).stop());
  const secrets = await startSecretsManager();
  stops.push(() => secrets.stop());
  /** Set later: the templates create the shop's secrets, and need the sandbox's address to start. */
  const shop: { registry?: Registry } = {};
  const payments = await startSandbox({
    secretKey: () => sharedSecret(shop.registry, 'PAYMENT_SECRET'),
    webhook: {
      url: `${siteUrl}${paymentsApiPrefix}/webhook`,
      secret: () => sharedSecret(shop.registry, 'PAYMENT_WEBHOOK_SECRET'),
    },
  });
  stops.push(() => payments.stop());
  const [dynamodb, queues] = await Promise.all(starting);
  return { dynamodb: dynamodb.url, queues: queues.url, secrets, payments, shop };
}

function createWorld(
  options: SystemOptions,
  log: Log,
  { assets, images }: Assembly,
  servers: Awaited<ReturnType<typeof startServers>>,
  entrance: Entrance,
): Registry {
  const endpoints: Endpoints = {
    dynamodb: servers.dynamodb,
    s3: servers.queues,
    sqs: servers.queues,
    secretsManager: servers.secrets.url,
  };
  const registry: Registry = {
    log,
    assets,
    images,
    endpoints,
    secrets: servers.secrets,
    parameters: new Map(),
    issuers: new Map(),
    functions: new Map(),
    asyncPolicies: new Map(),
    asyncInvoker: new AsyncInvoker(log),
    apis: new Map(),
    origins: new Map(),
    queueUrls: new Map(),
    loadBalancers: new Map(),
    listeners: new Map(),
    targetGroups: new Map(),
    vpcOrigins: new Set(),
    taskDefinitions: new Map(),
    services: [],
    redis: { parameters: new Map(), users: new Map(), userGroups: new Map(), servers: [] },
    bucketGrants: new Map(),
    edgeFunctions: new Map(),
    cachePolicies: new Map(),
    originRequestPolicies: new Map(),
    responseHeadersPolicies: new Map(),
    originRequests: [],
    settings: {
      siteUrl: entrance.url,
      processesPerFunctionMax: options.processesPerFunctionMax ?? processesDefault,
      timeLimitFactor: options.timeLimitFactor ?? 1,
      environmentOverrides: {
        SITE_URL: entrance.url,
        // A process has no network of its own here. On every address it would be reachable from the local network.
        HOST: '127.0.0.1',
        // Redis has no TLS on the loopback address, like the public address.
        REDIS_TLS: 'false',
        PAYMENT_URL: servers.payments.url,
        PAYMENT_CHECKOUT_URL: `${servers.payments.url}/checkout`,
        ...(options.cycleSeconds === undefined ? {} : { CYCLE_SECONDS: String(options.cycleSeconds) }),
      },
    },
    entrance,
    async sendToQueue(queueArn, body) {
      const url = registry.queueUrls.get(queueArn);
      if (url === undefined) throw new Error(`no queue of the templates is ${queueArn}`);
      const client = new SQSClient(clientOptions(endpoints.sqs, queueArn.split(':')[3] ?? 'us-east-1'));
      try {
        await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(body) }));
      } finally {
        client.destroy();
      }
    },
  };
  return registry;
}

function handle(
  url: string,
  environmentName: string,
  registry: Registry,
  payments: Sandbox,
  stop: () => Promise<void>,
): RunningSystem {
  const functions = () => new Set([...registry.functions.values()].filter((one) => one.isUsed));
  const named = (name: string) => {
    const found = [...functions()].filter(({ options }) => options.name === name);
    if (found.length === 0)
      throw new Error(
        `no function ${name}; there are ${[...functions()].map((one) => one.options.name).join(', ')}`,
      );
    return found;
  };
  const service = (name: string) => {
    const found = registry.services.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no service ${name}`);
    return found;
  };
  return {
    url,
    endpoints: registry.endpoints,
    environmentName,
    credentials: {
      ...localCredentials,
      AWS_ENDPOINT_URL_DYNAMODB: registry.endpoints.dynamodb,
      AWS_ENDPOINT_URL_S3: registry.endpoints.s3,
      AWS_ENDPOINT_URL_SQS: registry.endpoints.sqs,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: registry.endpoints.secretsManager,
    },
    queueUrls: registry.queueUrls,
    origins: [...registry.origins.keys()],
    requestCounts() {
      const counts: Record<string, number> = {};
      for (const { options, invocations } of functions())
        counts[options.name] = (counts[options.name] ?? 0) + invocations;
      return counts;
    },
    resetCounts() {
      for (const one of functions()) one.invocations = 0;
      registry.originRequests.length = 0;
    },
    originRequests: () => [...registry.originRequests],
    functionPids: (name) => named(name).flatMap((one) => one.pids),
    killFunction: (name) => named(name).reduce((killed, one) => killed + one.killProcesses(), 0),
    async invokeFunction(name, event) {
      return named(name)[0]?.invoke(event);
    },
    redis: registry.redis.servers,
    servicePids: (name) => service(name).pids,
    killService: (name) => service(name).killTasks(),
    issuer: [...registry.issuers.values()][0],
    payments,
    stop,
  };
}
