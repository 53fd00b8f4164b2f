import { Duration } from 'aws-cdk-lib';
import { type Conditions, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { EnvironmentInput, environments } from '#contract/environment.ts';
import { metricsNamespace } from '#contract/metrics.ts';
import { bundledFunction } from '../bundle.ts';
import { acknowledge } from '../nag.ts';
import { removalPolicy } from '../removal.ts';
import type { Settings } from '../settings/schema.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

type Name = keyof typeof environments;
type CommonVariable =
  | 'POWERTOOLS_SERVICE_NAME'
  | 'POWERTOOLS_METRICS_NAMESPACE'
  | 'LOG_LEVEL'
  | 'NODE_OPTIONS';

/** The variables of a function's contract, without the common ones. */
export type OwnEnvironment<N extends Name> = Omit<EnvironmentInput<N>, CommonVariable>;

export interface ServiceFunctionProps<N extends Name> {
  readonly settings: Settings;
  /** File below the repository's root, exporting `handler`. */
  readonly entry: string;
  /** Name of the function in logs, traces and metrics, for example `vwr-api`. */
  readonly service: string;
  /** Name of the environment contract that the function parses at its start. */
  readonly contract: N;
  /** Exactly the variables of that contract, without the common ones. */
  readonly environment: OwnEnvironment<N>;
  readonly memoryMb: number;
  readonly timeout: Duration;
  /**
   * Most parallel invocations.
   * @default - not reserved
   */
  readonly concurrency?: number;
  /** Runbook file of this function's alarms. */
  readonly runbook: `${string}.md`;
  readonly alarmTopic: ITopic;
}

/**
 * A Lambda with URR's defaults: Node 24 on arm64, one bundled module, traced, its own log group, a role that may write only
 * there, and alarms for errors and throttles.
 */
export class ServiceFunction<N extends Name> extends Construct {
  readonly lambda: LambdaFunction;
  readonly service: string;
  private readonly role: Role;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps<N>) {
    super(scope, id);
    const { settings } = props;
    this.service = `urr-${settings.environmentName}-${props.service}`;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: settings.logRetentionDays as RetentionDays,
      removalPolicy: removalPolicy(settings),
    });
    // Its own role, because the AWS-managed policy allows writes to every log group of the account.
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);
    this.lambda = new LambdaFunction(this, 'Function', {
      description: `${this.service}: see functions/${props.service}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: bundledFunction(props.entry),
      environment: {
        ...props.environment,
        POWERTOOLS_SERVICE_NAME: this.service,
        POWERTOOLS_METRICS_NAMESPACE: metricsNamespace,
        LOG_LEVEL: settings.logLevel,
        NODE_OPTIONS: '--enable-source-maps',
      },
      memorySize: props.memoryMb,
      timeout: props.timeout,
      ...(props.concurrency === undefined ? {} : { reservedConcurrentExecutions: props.concurrency }),
      role: this.role,
      logGroup,
      tracing: Tracing.ACTIVE,
    });
    acknowledge(this.role, {
      'AwsSolutions-IAM5[Resource::*]':
        'X-Ray has no resources to name: xray:PutTraceSegments takes only "*".',
    });
    this.addAlarms(props);
  }

  /** Grants exactly these actions on exactly these resources. */
  allow(actions: readonly string[], ...resources: string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources }));
  }

  /** Grants the same under the conditions. */
  allowWhere(conditions: Conditions, actions: readonly string[], ...resources: string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources, conditions }));
  }

  private addAlarms(props: ServiceFunctionProps<N>): void {
    const period = Duration.minutes(1);
    new RunbookAlarm(this, 'ErrorsAlarm', {
      meaning: `${this.service} fails or times out.`,
      runbook: `${props.runbook}#errors`,
      metric: this.lambda.metricErrors({ period }),
      threshold: 1,
      periods: 2,
      topic: props.alarmTopic,
    });
    new RunbookAlarm(this, 'ThrottlesAlarm', {
      meaning: `Lambda's concurrency limit refuses invocations of ${this.service}.`,
      runbook: `${props.runbook}#throttles`,
      metric: this.lambda.metricThrottles({ period }),
      threshold: 1,
      periods: 2,
      topic: props.alarmTopic,
    });
  }
}
