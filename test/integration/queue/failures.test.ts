import { expect, it } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../../support/http/tcp-proxy.ts';
import {
  coldWaitMs,
  describeQueueFailures,
  expectNothingWrong,
  finish,
  type RedisWorld,
} from '../../support/queue/failure-suite.ts';
import { observeLine } from '../../support/queue/observer.ts';
import { type RedisServer, startRedis } from '../../support/servers/redis.ts';
import { eventually, until } from '../../support/time/patience.ts';

let redis: RedisServer;
let endpoint: TcpProxy;

/**
 * One server that writes everything to disk, behind an address that can move to another server, as with a managed
 * Redis.
 */
async function oneServer(): Promise<RedisWorld> {
  redis = await startRedis({ isDurable: true });
  endpoint = await startTcpProxy(redis.port);
  return {
    settings: { host: '127.0.0.1', port: endpoint.port, isCluster: false },
    server: redis,
    holder: async () => redis,
    async kill(_key, isMissed) {
      await redis.kill();
      endpoint.cut();
      await isMissed;
      await redis.restart();
      return { comeBack: async () => {} };
    },
    flush: async () => void (await redis.client().flushall()),
    stop: () => endpoint.stop(),
  };
}

describeQueueFailures('one Redis', oneServer, (scene) => {
  it('after the loss of a primary whose replica lags, the limit holds, and only shoppers of the lost writes may be admitted again', async () => {
    const { crowd, keys, observers, workers } = scene();
    let isCut = false;
    // From one moment on no byte reaches the replica, without a closed connection.
    const slow = await startTcpProxy(redis.port, 1, (work, delayMs) => {
      if (!isCut) setTimeout(work, delayMs);
    });
    const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(slow.port)] });
    try {
      const look = replica.client();
      await eventually(async () => expect(await look.info('replication')).toContain('master_link_status:up'));
      const [first] = crowd.people;
      if (first === undefined) throw new Error('nobody came');
      await until(
        () => crowd.ask(first),
        () => first.state === 'admitted',
        50,
      );
      await eventually(async () => expect(await look.zcard(keys.active)).toBe(1));
      isCut = true;
      await crowd.pollUntil(() => crowd.inside().length >= 3, 50);
      await redis.kill();
      slow.cut();
      const known = await look.zrange(keys.active, 0, '-1');
      const shown = crowd.inside();
      const forgotten = shown.filter(({ shopper }) => !known.includes(`u.${shopper.sub}`));
      await look.replicaof('NO', 'ONE');
      endpoint.turnTo(replica.port);
      endpoint.cut();
      const successor = await observeLine(look, keys);
      observers.push(successor);
      await crowd.pollFor(coldWaitMs + 1_500, 250);
      expect(forgotten).not.toEqual([]);
      expect(crowd.inside().length).toBeGreaterThanOrEqual(shown.length);
      await finish(scene());
      expect(successor.overMax()).toBeLessThanOrEqual(0);
      await expectNothingWrong({ ...scene(), looker: look }, forgotten);
    } finally {
      await Promise.all(observers.splice(0).map((observer) => observer.stop()));
      await Promise.all(workers.splice(0).map((worker) => worker.stop()));
      await replica.stop();
      await slow.stop();
      await redis.restart();
      endpoint.turnTo(redis.port);
    }
  });
});
