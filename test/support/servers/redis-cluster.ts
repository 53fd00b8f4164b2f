import type { Redis } from 'ioredis';
import { z } from 'zod';
import { patienceMs } from '../time/patience-ms.ts';
import { freePort, type RedisServer, startRedis } from './redis.ts';

/** Three primaries with one replica each, in processes of their own. */
interface RedisClusterServers {
  readonly servers: readonly RedisServer[];
  /** Returns the current primary of a key. */
  primaryOf(key: string): Promise<RedisServer>;
  /** Waits until another server is the primary of the key. */
  promoted(key: string, former: RedisServer): Promise<RedisServer>;
  isHealthy(): Promise<boolean>;
  stop(): Promise<void>;
}

/** CLUSTER SLOTS: from, to, then the primary's host and port, then replicas. */
const slotsSchema = z.array(
  z.tuple([z.int(), z.int(), z.tuple([z.string(), z.int()], z.unknown())], z.unknown()),
);
const primaries = 3;
const slots = 16_384;
/** A primary without a response for this long is replaced. Longer than a busy machine delays a server. */
const nodeTimeoutMs = 4_000;

export async function startRedisCluster(): Promise<RedisClusterServers> {
  const buses = await Promise.all(Array.from({ length: 2 * primaries }, freePort));
  const servers = await Promise.all(
    buses.map((bus) =>
      startRedis({
        // Ports are high here, and the default bus port (port + 10,000) could be above the last one.
        args: ['--cluster-enabled', 'yes', '--cluster-port', String(bus)].concat([
          '--cluster-node-timeout',
          String(nodeTimeoutMs),
          '--cluster-replica-validity-factor',
          '0',
          '--repl-diskless-sync-delay',
          '0',
        ]),
      }),
    ),
  );
  const clients = servers.map((server) => server.client());
  await form(servers, clients, buses);
  /** Calls the running servers until one responds. */
  const ask = async (question: (client: Redis) => Promise<unknown>): Promise<unknown> => {
    for (const [i, client] of clients.entries()) {
      if (servers[i]?.pid === 0) continue;
      const reply = await within(question(client), 500);
      if (reply !== undefined) return reply;
    }
    throw new Error('no server of the cluster answers');
  };
  const primaryOf = async (key: string): Promise<RedisServer> => {
    const slot = await ask((client) => client.cluster('KEYSLOT', key));
    if (typeof slot !== 'number') throw new Error('no slot');
    const ranges = slotsSchema.parse(await ask((client) => client.cluster('SLOTS')));
    const port = ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][1];
    const found = servers.find((server) => server.port === port);
    if (found === undefined) throw new Error(`nobody serves ${key}`);
    return found;
  };
  return {
    servers,
    primaryOf,
    promoted: (key, former) =>
      until(async () => {
        const now = await primaryOf(key);
        return now === former ? undefined : now;
      }),
    isHealthy: async () => (await Promise.all(clients.map((client) => client.cluster('INFO')))).every(isOk),
    stop: async () => void (await Promise.all(servers.map((server) => server.stop()))),
  };
}

async function form(
  servers: readonly RedisServer[],
  clients: readonly Redis[],
  buses: readonly number[],
): Promise<void> {
  const first = String(servers[0]?.port);
  const ids = await Promise.all(clients.map((client) => client.cluster('MYID')));
  await Promise.all(
    clients.slice(1).map((client) => client.call('CLUSTER', 'MEET', '127.0.0.1', first, String(buses[0]))),
  );
  for (const [i, client] of clients.slice(0, primaries).entries()) {
    const from = Math.floor((i * slots) / primaries);
    const to = Math.floor(((i + 1) * slots) / primaries) - 1;
    await client.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
  }
  for (const [i, client] of clients.slice(primaries).entries())
    await until(() =>
      client.call('CLUSTER', 'REPLICATE', String(ids[i])).then(
        () => true,
        () => undefined,
      ),
    );
  await until(async () => {
    const infos = await Promise.all(clients.map((client) => client.cluster('INFO')));
    const replicas = await Promise.all(clients.slice(primaries).map((client) => client.info('replication')));
    const isReady = infos.every(isOk) && replicas.every((info) => info.includes('master_link_status:up'));
    return isReady ? true : undefined;
  });
}

const isOk = (info: unknown) =>
  String(info).includes('cluster_state:ok') && String(info).includes('cluster_known_nodes:6');

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const endAtMs = Date.now() + patienceMs;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (Date.now() > endAtMs) throw new Error('the cluster did not get there in time');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const within = <T>(promise: Promise<T>, ms: number): Promise<T | undefined> =>
  Promise.race([
    promise.catch(() => undefined),
    new Promise<undefined>((resolve) => setTimeout(resolve, ms)),
  ]);
