import { describeQueueFailures, type RedisWorld } from '../../support/queue/failure-suite.ts';
import { startRedisCluster } from '../../support/servers/redis-cluster.ts';

/** Three primaries and three replicas. */
async function cluster(): Promise<RedisWorld> {
  const servers = await startRedisCluster();
  const [first] = servers.servers;
  if (first === undefined) throw new Error('no server');
  return {
    settings: { host: '127.0.0.1', port: first.port, isCluster: true },
    server: first,
    replaced: (key, silent) => servers.promoted(key, silent),
    holder: (key) => servers.primaryOf(key),
    async kill(key) {
      const former = await servers.primaryOf(key);
      await former.kill();
      await servers.promoted(key, former);
      return { comeBack: () => former.restart() };
    },
    async flush() {
      for (const server of servers.servers)
        await server
          .client()
          .flushall()
          .catch(() => undefined);
    },
    stop: () => servers.stop(),
  };
}

describeQueueFailures('a Redis cluster', cluster);
