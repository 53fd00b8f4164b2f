import { Duration } from 'aws-cdk-lib';
import { Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { edgeConfigKey } from '#contract/edge-config.ts';
import { metrics, metricsNamespace } from '#contract/metrics.ts';
import { lastGoodPrefix, tables as tableShapes } from '#contract/tables.ts';
import { acknowledge } from '../nag.ts';
import { tokenIssuer } from '../names.ts';
import type { Settings } from '../settings/schema.ts';
import { keysLike } from './leading-keys.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { ServiceFunction } from './service-function.ts';
import type { Buyers } from './user-pool.ts';
import type { WaitingRoomTables } from './waiting-room-tables.ts';

export interface CounterAdvancerProps {
  readonly settings: Settings;
  readonly tables: WaitingRoomTables;
  readonly buyers: Buyers;
  readonly publicKeys: Secret;
  readonly edgeConfigBucket: IBucket;
  readonly alarmTopic: ITopic;
}

/**
 * Advances the lines: functions/counter-advancer runs once per minute, with cycles inside. Late, double and overlapping runs do
 * no harm (each advance is one conditional write keyed by tick), so the schedule may retry. A run that fails every time goes to
 * the dead-letter queue and raises an alarm (C6.4).
 */
export class CounterAdvancer extends Construct {
  readonly function: ServiceFunction<'counterAdvancer'>;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: CounterAdvancerProps) {
    super(scope, id);
    const { settings, tables, buyers, publicKeys, edgeConfigBucket, alarmTopic } = props;
    this.function = new ServiceFunction(this, 'Advance', {
      settings,
      entry: 'functions/counter-advancer/index.ts',
      service: 'counter-advancer',
      contract: 'counterAdvancer',
      environment: {
        EVENTS_TABLE: tables.events.tableName,
        COUNTERS_TABLE: tables.counters.tableName,
        PUBLIC_KEYS_SECRET: publicKeys.secretArn,
        EDGE_CONFIG_BUCKET: edgeConfigBucket.bucketName,
        TOKEN_ISSUER: tokenIssuer(settings),
        SIGN_IN_ISSUER: buyers.issuer,
        SIGN_IN_CLIENT_ID: buyers.clientId,
        CYCLE_SECONDS: String(settings.cycleSeconds),
      },
      memoryMb: 512,
      // A minute of cycles and time for the last to finish; an overlap with the next run does no harm.
      timeout: Duration.seconds(90),
      // At least two, so that a late run does not make Lambda refuse the next one.
      ...(settings.advancerConcurrency === undefined ? {} : { concurrency: settings.advancerConcurrency }),
      runbook: 'counter-advancer.md',
      alarmTopic,
    });
    this.function.allow(['dynamodb:BatchGetItem'], tables.events.tableArn);
    // The function may write the copies of usable states, but no event.
    this.function.allowWhere(keysLike(`${lastGoodPrefix}*`), ['dynamodb:PutItem'], tables.events.tableArn);
    this.function.allow(
      ['dynamodb:Query'],
      `${tables.events.tableArn}/index/${tableShapes.events.liveIndex.name}`,
    );
    this.function.allow(
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:UpdateItem'],
      tables.counters.tableArn,
    );
    this.function.allow(['secretsmanager:GetSecretValue'], publicKeys.secretArn);
    this.function.allow(['s3:GetObject', 's3:PutObject'], edgeConfigBucket.arnForObjects(edgeConfigKey));
    // Without this permission S3 responds to a missing object with 403, and the first publication would fail.
    this.function.allow(['s3:ListBucket'], edgeConfigBucket.bucketArn);

    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(this.deadLetters, {
      'AwsSolutions-SQS3':
        'It is the dead-letter queue of the schedule and of the function; nothing consumes it.',
    });
    this.schedule();
    this.addAlarms(settings, alarmTopic);
  }

  private schedule(): void {
    const { lambda } = this.function;
    const role = new Role(this, 'SchedulerRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com'),
    });
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [lambda.functionArn] }),
    );
    this.deadLetters.grantSendMessages(role);
    // An L1, because the L2's grant covers every version of the function.
    new CfnSchedule(this, 'EveryMinute', {
      description: 'Runs the counter advancer each minute',
      scheduleExpression: 'rate(1 minute)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: lambda.functionArn,
        roleArn: role.roleArn,
        deadLetterConfig: { arn: this.deadLetters.queueArn },
        // A run after its minute is useless: the next run catches up.
        retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 60 },
      },
    });
    // The scheduler only delivers the event; Lambda retries failures inside the function and keeps the failed events.
    lambda.configureAsyncInvoke({
      retryAttempts: 1,
      maxEventAge: Duration.minutes(1),
      onFailure: new SqsDestination(this.deadLetters),
    });
  }

  private addAlarms(settings: Settings, topic: ITopic): void {
    const period = Duration.minutes(1);
    const alarm = (id: string, props: Omit<ConstructorParameters<typeof RunbookAlarm>[2], 'topic'>) =>
      new RunbookAlarm(this, id, { ...props, topic });
    const ours = (name: keyof typeof metrics) =>
      new Metric({
        namespace: metricsNamespace,
        metricName: metrics[name],
        dimensionsMap: { service: this.function.service },
        statistic: Stats.SUM,
        period,
      });

    alarm('SilentAlarm', {
      meaning: 'The counter advancer has not run for three minutes: no visitor is called.',
      runbook: 'counter-advancer.md#advancer-silent',
      metric: this.function.lambda.metricInvocations({ period }),
      threshold: 1,
      ringsBelow: true,
      periods: 3,
      missing: TreatMissingData.BREACHING,
    });
    alarm('DeadLettersAlarm', {
      meaning: 'A run of the counter advancer failed after all retries.',
      runbook: 'counter-advancer.md#dead-letters',
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ period }),
      threshold: 1,
      periods: 1,
    });
    alarm('CycleFailuresAlarm', {
      meaning: 'Cycles of the counter advancer have failed for an event in several consecutive minutes.',
      runbook: 'counter-advancer.md#cycle-failures',
      metric: ours('cycleFailures'),
      threshold: Math.ceil(60 / settings.cycleSeconds / 2),
      periods: 2,
    });
    alarm('CapacityStaleAlarm', {
      meaning: 'The queue (tier 2) has not published its capacity: its line is stopped.',
      runbook: 'counter-advancer.md#capacity-stale',
      metric: ours('capacityStale'),
      threshold: 1,
      periods: 3,
    });
    alarm('EdgeConfigStaleAlarm', {
      meaning:
        'The edge configuration was not published for five minutes: changes of switches and keys do not reach the gate.',
      runbook: 'counter-advancer.md#edge-configuration-stale',
      metric: ours('edgeConfigPublished'),
      threshold: 1,
      ringsBelow: true,
      periods: 5,
      missing: TreatMissingData.BREACHING,
    });
    alarm('EventItemInvalidAlarm', {
      meaning: 'An item of the events table is unusable: its event continues in its last usable state.',
      runbook: 'counter-advancer.md#event-item-invalid',
      metric: ours('eventItemInvalid'),
      threshold: 1,
      periods: 1,
    });
  }
}
