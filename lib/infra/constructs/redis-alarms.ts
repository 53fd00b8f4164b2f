import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { RunbookAlarm } from './runbook-alarm.ts';

export interface RedisAlarmsProps {
  /** Names of the nodes by shard: at most six per shard, fewer than the ten metrics that an alarm may read. */
  readonly nodes: readonly (readonly string[])[];
  readonly alarmTopic: ITopic;
}

const period = Duration.minutes(1);

/** Returns one node's metric with the worst value of the minute. */
const redisNodeMetric = (node: string, metricName: string): Metric =>
  new Metric({
    namespace: 'AWS/ElastiCache',
    metricName,
    dimensionsMap: { CacheClusterId: node },
    statistic: Stats.MAXIMUM,
    period,
  });

/** Returns the worst value of a shard's nodes, because a fail-over changes the primary. @param shard its number, from 1 */
export function worstOfShard(nodes: readonly string[], shard: number, metricName: string): IMetric {
  // A graph shows several shards and metrics, so ids must be unique in it.
  const metrics = Object.fromEntries(
    nodes.map((node, i) => [`s${shard}n${i}${metricName}`, redisNodeMetric(node, metricName)]),
  );
  return new MathExpression({
    // Without FILL a node that has no value for a minute would leave the whole shard without one.
    expression: `MAX([${Object.keys(metrics)
      .map((id) => `FILL(${id}, 0)`)
      .join(', ')}])`,
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
      meaning: 'Redis has used three quarters of its memory. When it is full, it refuses joins and holds.',
      runbook: 'redis.md#memory',
      threshold: 75,
      periods: 3,
    });
    // One core runs all commands; above this value every reply is delayed by queueing.
    alarm('Cpu', 'EngineCPUUtilization', {
      meaning: "Redis' one core is busy: answers of queue and holds grow slow.",
      runbook: 'redis.md#cpu',
      threshold: 75,
      periods: 3,
    });
    alarm('Evictions', 'Evictions', {
      meaning: 'Redis evicted keys, which noeviction forbids: the parameter group was changed.',
      runbook: 'redis.md#evictions',
      threshold: 1,
      periods: 1,
    });
    const hasReplicas = shard.length > 1;
    if (hasReplicas)
      alarm('ReplicationLag', 'ReplicationLag', {
        meaning: 'A replica is seconds behind: a fail-over would lose the writes of that time.',
        runbook: 'redis.md#replication-lag',
        threshold: 5,
        periods: 3,
      });
    alarm('Authentication', 'AuthenticationFailures', {
      meaning:
        'Redis refuses a wrong password: a worker has an old one, or an unknown client tries to connect.',
      runbook: 'redis.md#authentication-failures',
      threshold: 5,
      periods: 1,
    });
  });
}
