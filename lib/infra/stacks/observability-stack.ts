import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { RunbookAlarm } from '../constructs/runbook-alarm.ts';
import { SaleDashboard } from '../constructs/sale-dashboard.ts';
import { WaitingRoomDashboard } from '../constructs/waiting-room-dashboard.ts';
import { tokenGateName } from '../names.ts';
import type { Settings } from '../settings/schema.ts';
import type { QueueStack } from './queue-stack.ts';
import type { SalesStack } from './sales-stack.ts';
import type { StateStack } from './state-stack.ts';
import type { WaitingRoomStack } from './waiting-room-stack.ts';

export interface ObservabilityStackProps extends StackProps {
  readonly settings: Settings;
  readonly state: StateStack;
  readonly waitingRoom: WaitingRoomStack;
  readonly queue: QueueStack;
  readonly sales: SalesStack;
}

/** The dashboards, and the alarm of the gate, whose metrics are in the Region where it ran. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    super(scope, id, props);
    const { settings, state, waitingRoom, queue, sales } = props;
    new WaitingRoomDashboard(this, 'Dashboard', { settings, state, waitingRoom });
    new SaleDashboard(this, 'SaleDashboard', { settings, queue, sales });
    new RunbookAlarm(this, 'TokenGateErrorsAlarm', {
      meaning: 'The token gate fails at the edge: the affected visitors get 502 or 503.',
      runbook: 'edge.md#token-gate-errors',
      // Lambda@Edge writes its metrics in the Region where it ran; for most visitors this is the home Region.
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'Errors',
        dimensionsMap: { FunctionName: `us-east-1.${tokenGateName(settings)}` },
        statistic: Stats.SUM,
        period: Duration.minutes(1),
      }),
      threshold: 5,
      periods: 2,
      topic: state.alarmTopic,
    });
  }
}
