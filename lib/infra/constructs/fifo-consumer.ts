import { Duration } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { environments } from '#contract/environment.ts';
import { acknowledge } from '../nag.ts';
import type { Settings } from '../settings/schema.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { type OwnEnvironment, ServiceFunction } from './service-function.ts';

export interface FifoConsumerProps<N extends keyof typeof environments> {
  readonly settings: Settings;
  /** Folder below functions/, and name of the consumer, for example `admission-events`. */
  readonly service: string;
  readonly contract: N;
  readonly environment: OwnEnvironment<N>;
  /** Runbook file with the sections errors, throttles, dead-letters and late. */
  readonly runbook: `${string}.md`;
  readonly alarmTopic: ITopic;
}

/** A batch is ten messages and about twenty short calls to DynamoDB; SQS delivers an interrupted batch again. */
const timeout = Duration.seconds(5);
/** AWS's advice for queues with a Lambda consumer: six times the function's time-out (with-sqs.html). */
const visibilityFactor = 6;
/** Attempts for a quarter of an hour, so that an outage of a table sends no message to the dead-letter queue (A8). */
const receivesMax = 30;
/** Most parallel invocations. There are many groups, so this bounds the parallel writes to one minute's item. */
const concurrencyMax = 10;

/**
 * A FIFO queue and its consumer function. A dead consumer delays its messages by the visibility time-out, 30 s, and no other
 * group. High throughput: deduplication and throughput count per group. A message that fails too often goes to the
 * dead-letter queue and raises an alarm (C6.5).
 */
export class FifoConsumer<N extends keyof typeof environments> extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly function: ServiceFunction<N>;

  constructor(scope: Construct, id: string, props: FifoConsumerProps<N>) {
    super(scope, id);
    const common = {
      fifo: true,
      contentBasedDeduplication: false,
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    } as const;
    this.deadLetters = new Queue(this, 'DeadLetters', common);
    acknowledge(this.deadLetters, {
      'AwsSolutions-SQS3': 'It is the dead-letter queue; nothing consumes it but a redrive (runbook).',
    });
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout: Duration.seconds(timeout.toSeconds() * visibilityFactor),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: receivesMax },
    });
    this.function = new ServiceFunction(this, 'Consume', {
      settings: props.settings,
      entry: `functions/${props.service}/index.ts`,
      service: props.service,
      contract: props.contract,
      environment: props.environment,
      memoryMb: 512,
      timeout,
      runbook: props.runbook,
      alarmTopic: props.alarmTopic,
    });
    this.function.lambda.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: 10,
        reportBatchItemFailures: true,
        maxConcurrency: concurrencyMax,
      }),
    );
    this.addAlarms(props);
  }

  private addAlarms({ service, runbook, alarmTopic }: FifoConsumerProps<N>): void {
    const period = Duration.minutes(1);
    new RunbookAlarm(this, 'DeadLettersAlarm', {
      meaning: `A message of ${service} failed after all retries and is missing in the statistics.`,
      runbook: `${runbook}#dead-letters`,
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ period }),
      threshold: 1,
      periods: 1,
      topic: alarmTopic,
    });
    new RunbookAlarm(this, 'LateAlarm', {
      meaning: `Messages of ${service} have waited for five minutes or more.`,
      runbook: `${runbook}#late`,
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period }),
      threshold: Duration.minutes(5).toSeconds(),
      periods: 3,
      topic: alarmTopic,
    });
  }
}
