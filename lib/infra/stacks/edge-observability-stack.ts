import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { AlarmTopic } from '../constructs/alarm-topic.ts';
import { RunbookAlarm } from '../constructs/runbook-alarm.ts';
import type { Settings } from '../settings/schema.ts';
import type { DeliveryStack } from './delivery-stack.ts';

export interface EdgeObservabilityStackProps extends StackProps {
  readonly settings: Settings;
  readonly delivery: DeliveryStack;
}

/** Alarms on CloudFront: its metrics exist only in us-east-1, and an alarm reads metrics of its own Region only. */
export class EdgeObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, props: EdgeObservabilityStackProps) {
    super(scope, id, props);
    const { settings, delivery } = props;
    const { topic } = new AlarmTopic(this, 'Alarms', { emails: settings.alarmEmails });
    const period = Duration.minutes(1);
    new RunbookAlarm(this, 'SiteErrorsAlarm', {
      meaning: 'CloudFront responds to more than 1% of requests with 5xx.',
      runbook: 'edge.md#site-errors',
      metric: new Metric({
        namespace: 'AWS/CloudFront',
        metricName: '5xxErrorRate',
        dimensionsMap: {
          DistributionId: delivery.distributionId.readFrom(this),
          Region: 'Global',
        },
        statistic: Stats.AVERAGE,
        period,
      }),
      threshold: 1,
      periods: 3,
      topic,
    });
    new RunbookAlarm(this, 'CanonicalPathErrorsAlarm', {
      meaning: 'The CloudFront Function canonical-path fails: the affected visitors get 503.',
      runbook: 'edge.md#canonical-path-errors',
      metric: new Metric({
        namespace: 'AWS/CloudFront',
        metricName: 'FunctionExecutionErrors',
        dimensionsMap: { FunctionName: `urr-${settings.environmentName}-canonical-path`, Region: 'Global' },
        statistic: Stats.SUM,
        period,
      }),
      threshold: 1,
      periods: 2,
      topic,
    });
  }
}
