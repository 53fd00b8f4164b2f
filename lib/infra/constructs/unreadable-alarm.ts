import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { metrics, metricsNamespace } from '#contract/metrics.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

/** Services that set stored items aside (functions/shared/unreadable.ts). */
const readers = [
  'admission',
  'seat-lock',
  'auth',
  'catalogue',
  'admission-events',
  'reservation-events',
] as const;

/** Adds the alarm that rings when a service sets a stored item aside. */
export function unreadableAlarm(scope: Construct, id: string, topic: ITopic): RunbookAlarm {
  const period = Duration.minutes(1);
  const usingMetrics = Object.fromEntries(
    readers.map((service) => [
      service.replaceAll('-', '_'),
      new Metric({
        namespace: metricsNamespace,
        metricName: metrics.itemUnreadable,
        dimensionsMap: { service },
        statistic: Stats.SUM,
        period,
      }),
    ]),
  );
  const filled = Object.keys(usingMetrics).map((name) => `FILL(${name},0)`);
  return new RunbookAlarm(scope, id, {
    meaning: 'A stored item is unreadable and was set aside.',
    runbook: 'tables.md#items-unreadable',
    metric: new MathExpression({ expression: `SUM([${filled.join(',')}])`, usingMetrics, period }),
    threshold: 1,
    periods: 1,
    topic,
  });
}
