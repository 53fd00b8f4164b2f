import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type MetricName, metrics, metricsNamespace } from '#contract/metrics.ts';
import type { Settings } from '../settings/schema.ts';
import type { StateStack } from '../stacks/state-stack.ts';
import type { WaitingRoomStack } from '../stacks/waiting-room-stack.ts';

export interface WaitingRoomDashboardProps {
  readonly settings: Settings;
  readonly state: StateStack;
  readonly waitingRoom: WaitingRoomStack;
}

/** Dashboard of the line: calls, health of the API and of the tables. */
export class WaitingRoomDashboard extends Construct {
  constructor(scope: Construct, id: string, props: WaitingRoomDashboardProps) {
    super(scope, id);
    const { settings, state, waitingRoom } = props;
    const period = Duration.minutes(1);
    const api = waitingRoom.vwrApi.function;
    const advancer = waitingRoom.advancer.function;
    const ours = (service: string, metricName: MetricName) =>
      new Metric({
        namespace: metricsNamespace,
        metricName,
        dimensionsMap: { service },
        statistic: Stats.SUM,
        period,
      });
    const table = (kind: string, tableName: string) =>
      new Metric({
        namespace: 'AWS/DynamoDB',
        metricName: kind,
        dimensionsMap: { TableName: tableName },
        statistic: Stats.SUM,
        period,
      });
    const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
      new GraphWidget({ title, left, right, width: 12, height: 6 });
    const { counters, positions } = state.tables;

    new Dashboard(this, 'Board', {
      dashboardName: `urr-${settings.environmentName}`,
      defaultInterval: Duration.hours(3),
      widgets: [
        [
          graph(
            'The line, per minute',
            [ours(api.service, metrics.joins), ours(advancer.service, metrics.called)],
            [ours(api.service, metrics.passes)],
          ),
          graph('Causes of delay', [
            ours(advancer.service, metrics.cycleFailures),
            ours(advancer.service, metrics.cyclesLost),
            ours(advancer.service, metrics.capacityStale),
            ours(advancer.service, metrics.eventItemInvalid),
          ]),
        ],
        [
          graph(
            'Waiting-room API',
            [api.lambda.metricInvocations({ period }), api.lambda.metricErrors({ period })],
            [
              api.lambda.metricDuration({ period, statistic: 'p50' }),
              api.lambda.metricDuration({ period, statistic: 'p99' }),
            ],
          ),
          graph('Lambda concurrency and refusals', [
            api.lambda.metric('ConcurrentExecutions', { period, statistic: 'Maximum' }),
            api.lambda.metricThrottles({ period }),
            advancer.lambda.metricThrottles({ period }),
          ]),
        ],
        [
          graph('Units used', [
            table('ConsumedWriteCapacityUnits', counters.tableName),
            table('ConsumedWriteCapacityUnits', positions.tableName),
          ]),
          graph('Refused by DynamoDB', [
            table('WriteThrottleEvents', counters.tableName),
            table('WriteThrottleEvents', positions.tableName),
            table('ReadThrottleEvents', counters.tableName),
          ]),
        ],
      ],
    });
  }
}
