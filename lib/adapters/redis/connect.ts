import { Cluster, Redis, type RedisOptions } from 'ioredis';

export type RedisClient = Redis | Cluster;

interface RedisSettings {
  readonly host: string;
  readonly port: number;
  readonly isCluster: boolean;
  readonly isTls: boolean;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** A connection that is not open within this time is tried again. */
const connectTimeoutMs = 2_000;
const reconnectMsMax = 1_000;
/** Longest time without a byte while a command is pending. A killed primary closes no connection. */
const socketTimeoutMs = 5_000;

/**
 * Returns a client that fails fast: it neither queues commands while Redis is unavailable nor repeats them. The caller
 * repeats, because only the caller knows that a repeat is safe. Errors go to `onError` and are never thrown.
 */
export function connectRedis(settings: RedisSettings, onError: (error: Error) => void): RedisClient {
  const common = {
    connectTimeout: connectTimeoutMs,
    socketTimeout: socketTimeoutMs,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    noDelay: true,
    disableClientInfo: true,
    ...(settings.username === undefined ? {} : { username: settings.username }),
    ...(settings.password === undefined ? {} : { password: settings.password }),
    ...(settings.isTls ? { tls: {} } : {}),
  } satisfies RedisOptions;
  const client = settings.isCluster
    ? new Cluster([{ host: settings.host, port: settings.port }], {
        enableOfflineQueue: false,
        clusterRetryStrategy: backoffMs,
        slotsRefreshTimeout: 1_000,
        slotsRefreshInterval: 5_000,
        // A command to a moved slot is sent again at once; a command to a dead node is repeated by the caller.
        maxRedirections: 3,
        retryDelayOnFailover: 100,
        retryDelayOnClusterDown: 100,
        redisOptions: common,
        // ElastiCache's TLS certificates contain host names, so names must not be resolved to addresses first.
        ...(settings.isTls
          ? {
              dnsLookup: (address: string, done: (error: null, address: string) => void) =>
                done(null, address),
            }
          : {}),
      })
    : new Redis({
        ...common,
        host: settings.host,
        port: settings.port,
        enableOfflineQueue: false,
        retryStrategy: backoffMs,
        // After a failover the old primary responds with READONLY: the endpoint is resolved again.
        reconnectOnError: (error) => replyCode(error) === 'READONLY',
      });
  client.on('error', onError);
  return client;
}

const backoffMs = (times: number): number => Math.min(50 * 2 ** Math.min(times, 6), reconnectMsMax);

/** Returns Redis's error code: the first word of its error reply (RESP). */
export function replyCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  return /^[A-Z]+/.exec(error.message)?.[0];
}
