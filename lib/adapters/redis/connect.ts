import { Cluster, Redis, type RedisOptions } from 'ioredis';

export type RedisClient = Redis | Cluster;

export interface RedisSettings {
  readonly host: string;
  readonly port: number;
  readonly isCluster: boolean;
  readonly isTls: boolean;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** A connection that does not come up within this time is tried again. */
const connectTimeoutMs = 2_000;
const reconnectMsMax = 1_000;
/** No bytes for this long although a command is out: the peer is gone without a word (a killed primary). */
const socketTimeoutMs = 5_000;

/**
 * A client that fails fast: nothing is kept for later while Redis is away, nothing is sent twice behind our back. Whoever
 * calls repeats, because only the caller knows that a repeat is safe. Errors are given to `onError` and never thrown.
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
        // A command that meets a moved slot is sent again at once; one that meets a dead node is the caller's to repeat.
        maxRedirections: 3,
        retryDelayOnFailover: 100,
        retryDelayOnClusterDown: 100,
        redisOptions: common,
        // ElastiCache's TLS certificates name hosts, so names must not be resolved to addresses first.
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
        // After a failover the old primary answers READONLY: look the endpoint up again.
        reconnectOnError: (error) => replyCode(error) === 'READONLY',
      });
  client.on('error', onError);
  return client;
}

const backoffMs = (times: number): number => Math.min(50 * 2 ** Math.min(times, 6), reconnectMsMax);

/** Redis's error code: the first word of its error reply (RESP). */
export function replyCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  return /^[A-Z]+/.exec(error.message)?.[0];
}
