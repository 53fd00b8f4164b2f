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
  /** Folder below functions/, and the consumer's name: `admission-events`. */
  readonly service: string;
  readonly contract: N;
  readonly environment: OwnEnvironment<N>;
  /** Runbook file with the sections errors, throttles, dead-letters and late. */
  readonly runbook: `${string}.md`;
  readonly alarmTopic: ITopic;
}

/** A batch is ten messages and some twenty short calls to DynamoDB; what is cut off comes again. */
const timeout = Duration.seconds(5);
/** AWS's advice for queues that Lambda reads: six times the function's time-out (with-sqs.html). */
const visibilityFactor = 6;
/** A quarter of an hour of tries, so that an outage of a table sends nothing to the dead letters (A8). */
const receivesMax = 30;
/** Groups are many, and Lambda reads as many at once: this bounds the writes to one minute's item. */
const concurrencyMax = 10;

/**
 * A FIFO queue and the function that consumes it. A consumer that dies delays what it had read by the visibility
 * time-out, 30 seconds, and holds up no other group. High throughput: both
 * deduplication and throughput count per group. What fails too often lands in the dead-letter queue and rings (C6.5).
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
      meaning: `A message of ${service} was given up: statistics lack it.`,
      runbook: `${runbook}#dead-letters`,
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ period }),
      threshold: 1,
      periods: 1,
      topic: alarmTopic,
    });
    new RunbookAlarm(this, 'LateAlarm', {
      meaning: `Messages of ${service} wait for five minutes or more.`,
      runbook: `${runbook}#late`,
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period }),
      threshold: Duration.minutes(5).toSeconds(),
      periods: 3,
      topic: alarmTopic,
    });
  }
}
