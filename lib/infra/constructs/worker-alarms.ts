import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type MetricName, metricsNamespace } from '#contract/metrics.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import type { WorkerEntrance } from './worker-entrance.ts';

export interface WorkerAlarmsProps {
  /** Name of the worker in logs and metrics. */
  readonly name: string;
  /** Both target groups: a deployment swaps the serving one. */
  readonly targets: readonly [ApplicationTargetGroup, ApplicationTargetGroup];
  readonly entrance: WorkerEntrance;
  /** Limit of the 99th percentile of response times. */
  readonly slow: Duration;
  readonly runbook: `${string}.md`;
  readonly topic: ITopic;
}

const period = Duration.minutes(1);
type Own = Omit<ConstructorParameters<typeof RunbookAlarm>[2], 'topic' | 'runbook'>;

/** Alarms of every worker; the first three also roll a deployment back. */
export class WorkerAlarms extends Construct {
  readonly rollBack: readonly RunbookAlarm[];
  readonly requests: IMetric;
  readonly serverErrors: IMetric;
  readonly latencyP99: IMetric;
  private readonly props: WorkerAlarmsProps;

  constructor(scope: Construct, id: string, props: WorkerAlarmsProps) {
    super(scope, id);
    this.props = props;
    this.requests = this.both('RequestCount', Stats.SUM, 'SUM');
    this.serverErrors = this.both('HTTPCode_Target_5XX_Count', Stats.SUM, 'SUM');
    this.latencyP99 = this.both('TargetResponseTime', Stats.p(99), 'MAX');
    this.rollBack = [
      this.add('ServerErrors', 'server-errors', {
        meaning: `${props.name} answers 5xx.`,
        metric: this.serverErrors,
        threshold: 10,
        periods: 2,
      }),
      this.add('Slow', 'slow', {
        meaning: `One in a hundred responses of ${props.name} takes ${props.slow.toMilliseconds()} ms or more.`,
        metric: this.latencyP99,
        threshold: props.slow.toMilliseconds() / 1000,
        periods: 3,
      }),
      this.add('Unhealthy', 'unhealthy', {
        meaning: `A task of ${props.name} is not ready.`,
        metric: this.both('UnHealthyHostCount', Stats.MAXIMUM, 'MAX'),
        threshold: 1,
        periods: 3,
      }),
    ];
    this.add('Nobody', 'nobody-serves', {
      meaning: `No task of ${props.name} is ready: no ticks run and no request is answered.`,
      metric: this.both('HealthyHostCount', Stats.MINIMUM, 'MAX'),
      threshold: 1,
      ringsBelow: true,
      periods: 2,
      missing: TreatMissingData.BREACHING,
    });
  }

  /** Adds an alarm of this worker with a section of its runbook. */
  add(id: string, section: string, alarm: Own): RunbookAlarm {
    const { runbook, topic } = this.props;
    return new RunbookAlarm(this, id, { ...alarm, runbook: `${runbook}#${section}`, topic });
  }

  /** Returns a metric that the worker writes to its log. */
  own(metricName: MetricName, statistic: string = Stats.SUM): Metric {
    return new Metric({
      namespace: metricsNamespace,
      metricName,
      dimensionsMap: { service: this.props.name },
      statistic,
      period,
    });
  }

  private both(metricName: string, statistic: string, join: 'SUM' | 'MAX'): IMetric {
    const { targets, entrance } = this.props;
    // A graph shows several workers and metrics, so ids must be unique in it.
    const id = `${this.props.name.replaceAll('-', '_')}_${metricName}`;
    const [blue, green] = targets.map(
      (target) =>
        new Metric({
          namespace: 'AWS/ApplicationELB',
          metricName,
          dimensionsMap: {
            TargetGroup: target.targetGroupFullName,
            LoadBalancer: entrance.loadBalancer.loadBalancerFullName,
          },
          statistic,
          period,
        }),
    );
    if (blue === undefined || green === undefined) throw new Error('two target groups');
    return new MathExpression({
      expression: `${join}([FILL(${id}_blue,0),FILL(${id}_green,0)])`,
      label: `${this.props.name} ${metricName}`,
      usingMetrics: { [`${id}_blue`]: blue, [`${id}_green`]: green },
      period,
    });
  }
}
