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
  /** One sentence: what is wrong when it rings. */
  readonly meaning: string;
  /** File and section below docs/runbook, such as `counter-advancer.md#advancer-silent`. A test opens it. */
  readonly runbook: `${string}.md#${string}`;
  readonly metric: IMetric;
  /** Rings at or above this value (below it with `ringsBelow`). */
  readonly threshold: number;
  /**
   * Rings below the threshold instead.
   * @default false
   */
  readonly ringsBelow?: boolean;
  /** Periods of the metric that must be bad, one after the other. */
  readonly periods: number;
  /**
   * What a period without data means.
   * @default - it is good: nothing happened
   */
  readonly missing?: TreatMissingData;
  readonly topic: ITopic;
}

/** An alarm that always tells someone, and says where to read what to do. */
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
