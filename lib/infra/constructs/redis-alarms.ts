import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { RunbookAlarm } from './runbook-alarm.ts';

export interface RedisAlarmsProps {
  /** Names of the nodes by shard. At most six a shard, which is below the ten metrics an alarm may look at. */
  readonly nodes: readonly (readonly string[])[];
  readonly alarmTopic: ITopic;
}

const period = Duration.minutes(1);

/** One node's metric, its worst value of the minute. */
const redisNodeMetric = (node: string, metricName: string): Metric =>
  new Metric({
    namespace: 'AWS/ElastiCache',
    metricName,
    dimensionsMap: { CacheClusterId: node },
    statistic: Stats.MAXIMUM,
    period,
  });

/** The worst node of a shard: which of them is the primary changes with a fail-over. @param shard its number, from 1 */
export function worstOfShard(nodes: readonly string[], shard: number, metricName: string): IMetric {
  // Ids are unique in a graph, which shows several shards and metrics.
  const metrics = Object.fromEntries(
    nodes.map((node, i) => [`s${shard}n${i}${metricName}`, redisNodeMetric(node, metricName)]),
  );
  return new MathExpression({
    expression: `MAX([${Object.keys(metrics).join(',')}])`,
    label: `${metricName} ${shard}`,
    usingMetrics: metrics,
    period,
  });
}

/** Alarms of each shard. */
export function redisAlarms(scope: Construct, { nodes, alarmTopic }: RedisAlarmsProps): void {
  nodes.forEach((shard, i) => {
    const alarm = (
      id: string,
      metricName: string,
      props: Pick<
        ConstructorParameters<typeof RunbookAlarm>[2],
        'meaning' | 'runbook' | 'threshold' | 'periods'
      >,
    ) =>
      new RunbookAlarm(scope, `Shard${i + 1}${id}Alarm`, {
        ...props,
        metric: worstOfShard(shard, i + 1, metricName),
        topic: alarmTopic,
      });
    alarm('Memory', 'DatabaseMemoryUsagePercentage', {
      meaning: 'Redis has used three quarters of its memory; full, it refuses joins and holds.',
      runbook: 'redis.md#memory',
      threshold: 75,
      periods: 3,
    });
    // One core runs all commands; above this, queueing shows in every answer.
    alarm('Cpu', 'EngineCPUUtilization', {
      meaning: "Redis' one core is busy: answers of queue and holds grow slow.",
      runbook: 'redis.md#cpu',
      threshold: 75,
      periods: 3,
    });
    alarm('Evictions', 'Evictions', {
      meaning: 'Redis threw keys away, which noeviction forbids: somebody changed the parameter group.',
      runbook: 'redis.md#evictions',
      threshold: 1,
      periods: 1,
    });
    alarm('ReplicationLag', 'ReplicationLag', {
      meaning: 'A replica is seconds behind: a fail-over now would lose that much of the line.',
      runbook: 'redis.md#replication-lag',
      threshold: 5,
      periods: 3,
    });
    alarm('Authentication', 'AuthenticationFailures', {
      meaning: 'Somebody knocks at Redis with a wrong password, or a worker has an old one.',
      runbook: 'redis.md#authentication-failures',
      threshold: 5,
      periods: 1,
    });
  });
}
