import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { RunbookAlarm } from './runbook-alarm.ts';

export interface TableAlarmsProps {
  readonly table: TableV2;
  readonly name: string;
  readonly alarmTopic: ITopic;
}

/** Adds alarms for throttled reads or writes of a table: a hot counter, or a table that was not warmed. */
export function tableAlarms(scope: Construct, id: string, props: TableAlarmsProps): void {
  for (const kind of ['Read', 'Write'] as const)
    new RunbookAlarm(scope, `${id}${kind}`, {
      meaning: `DynamoDB throttles ${kind.toLowerCase()}s of the ${props.name} table.`,
      runbook: 'tables.md#throttles',
      // Per table over all operations: the metric per operation would need one alarm each.
      metric: new Metric({
        namespace: 'AWS/DynamoDB',
        metricName: `${kind}ThrottleEvents`,
        dimensionsMap: { TableName: props.table.tableName },
        statistic: Stats.SUM,
        period: Duration.minutes(1),
      }),
      threshold: 10,
      periods: 2,
      topic: props.alarmTopic,
    });
}
