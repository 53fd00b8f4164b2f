import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  TreatMissingData as Treat,
  type TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

export interface RunbookAlarmProps {
  /** One sentence that states the problem. */
  readonly meaning: string;
  /** File and section below docs/runbook, for example `counter-advancer.md#advancer-silent`. A test checks it. */
  readonly runbook: `${string}.md#${string}`;
  readonly metric: IMetric;
  /** The alarm rings at or above this value (below it with `ringsBelow`). */
  readonly threshold: number;
  /**
   * The alarm rings below the threshold instead.
   * @default false
   */
  readonly ringsBelow?: boolean;
  /** Consecutive bad periods of the metric before the alarm rings. */
  readonly periods: number;
  /**
   * Treatment of a period without data.
   * @default - good: nothing happened
   */
  readonly missing?: TreatMissingData;
  readonly topic: ITopic;
}

/** An alarm with a notice and with the section of the runbook in its description. */
export class RunbookAlarm extends Alarm {
  constructor(scope: Construct, id: string, props: RunbookAlarmProps) {
    super(scope, id, {
      metric: props.metric,
      threshold: props.threshold,
      evaluationPeriods: props.periods,
      comparisonOperator: props.ringsBelow
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: props.missing ?? Treat.NOT_BREACHING,
      alarmDescription: `${props.meaning} Runbook: docs/runbook/${props.runbook}`,
    });
    this.addAlarmAction(new SnsAction(props.topic));
    this.addOkAction(new SnsAction(props.topic));
  }
}
