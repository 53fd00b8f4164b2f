import { startTcpProxy, type TcpProxy } from '../http/tcp-proxy.ts';
import { until } from '../time/patience.ts';
import { type RedisServer, startRedis } from './redis.ts';

/** A primary and a replica with a known lag, behind one address that always leads to the primary. */
interface RedisPair {
  readonly host: '127.0.0.1';
  /** Port for clients. */
  readonly port: number;
  /** Kills the primary and promotes the replica, which loses the last `lagMs` of acknowledged writes. */
  failOver(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedisPair(lagMs: number): Promise<RedisPair> {
  let primary = await startRedis();
  const entrance = await startTcpProxy(primary.port);
  let link: TcpProxy;
  let replica: RedisServer;
  const follow = async () => {
    link = await startTcpProxy(primary.port, lagMs);
    replica = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
    const client = replica.client();
    await client.replicaof('127.0.0.1', String(link.port));
    await until(
      () => client.info('replication'),
      (info) => /master_link_status:up/.test(info),
      20,
    );
  };
  await follow();
  return {
    host: '127.0.0.1',
    port: entrance.port,
    async failOver() {
      await primary.kill();
      const old = primary;
      await link.stop();
      await replica.client().replicaof('NO', 'ONE');
      primary = replica;
      entrance.turnTo(primary.port);
      entrance.cut();
      await old.stop();
      await follow();
    },
    async stop() {
      await entrance.stop();
      await link.stop();
      await Promise.all([primary.stop(), replica.stop()]);
    },
  };
}
