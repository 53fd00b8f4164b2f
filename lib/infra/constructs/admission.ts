import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { edgeConfigKey } from '#contract/edge-config.ts';
import { metrics } from '#contract/metrics.ts';
import { siteUrl, tokenIssuer } from '../names.ts';
import { grantAccess } from './access-grants.ts';
import { FifoConsumer } from './fifo-consumer.ts';
import type { Buyers } from './user-pool.ts';
import type { WaitingRoomTables } from './waiting-room-tables.ts';
import { WorkerService, type WorkerSurroundings } from './worker-service.ts';

export interface AdmissionProps extends WorkerSurroundings {
  readonly tables: WaitingRoomTables;
  readonly stats: TableV2;
  readonly signingKeys: Secret;
  readonly buyers: Buyers;
  /** Sign-in sessions: the worker reads the ended ones. */
  readonly sessions: TableV2;
  readonly edgeConfigBucket: IBucket;
}

/** The queue (tier 2): the admission worker, and the path of its events to the statistics. */
export class Admission extends Construct {
  readonly worker: WorkerService<'admission'>;
  readonly events: FifoConsumer<'admissionEvents'>;

  constructor(scope: Construct, id: string, props: AdmissionProps) {
    super(scope, id);
    const { settings, tables, stats, signingKeys, buyers, network, alarmTopic } = props;
    this.events = new FifoConsumer(this, 'Events', {
      settings,
      service: 'admission-events',
      contract: 'admissionEvents',
      environment: { STATS_TABLE: stats.tableName },
      runbook: 'admission-events.md',
      alarmTopic,
    });
    this.events.function.allow(['dynamodb:UpdateItem', 'dynamodb:Query'], stats.tableArn);
    this.worker = new WorkerService(this, 'Worker', {
      ...props,
      worker: 'admission',
      contract: 'admission',
      environment: {
        EVENTS_TABLE: tables.events.tableName,
        POSITIONS_TABLE: tables.positions.tableName,
        SESSIONS_TABLE: props.sessions.tableName,
        COUNTERS_TABLE: tables.counters.tableName,
        SIGNING_KEYS_SECRET: signingKeys.secretArn,
        TOKEN_ISSUER: tokenIssuer(settings),
        SIGN_IN_ISSUER: buyers.issuer,
        SIGN_IN_CLIENT_ID: buyers.clientId,
        SITE_URL: siteUrl(settings),
        EDGE_CONFIG_BUCKET: props.edgeConfigBucket.bucketName,
        ADMISSION_QUEUE_URL: this.events.queue.queueUrl,
        ADMIT_BATCH: String(settings.workers.admissionsPerSecond),
        TICK_MS: String(settings.workers.rounds.tickMs),
        TICKS_AT_ONCE: String(settings.workers.rounds.ticksAtOnce),
      },
      size: settings.workers.admission,
      subnets: network.closed,
      paths: ['/api/v1/queue/*', '/api/v1/health'],
      priority: 10,
      slow: Duration.millis(500),
      runbook: 'admission.md',
    });
    this.grant(props);
    this.addAlarms();
  }

  private grant({ sessions, tables, signingKeys, edgeConfigBucket }: AdmissionProps): void {
    grantAccess(this.worker, tables, sessions);
    this.worker.allow(['dynamodb:UpdateItem'], tables.counters.tableArn);
    this.worker.allow(['secretsmanager:GetSecretValue'], signingKeys.secretArn);
    this.worker.allow(['s3:GetObject'], edgeConfigBucket.arnForObjects(edgeConfigKey));
    this.worker.allow(['sqs:SendMessage'], this.events.queue.queueArn);
  }

  private addAlarms(): void {
    const { alarms } = this.worker;
    alarms.add('QueueUnavailable', 'queue-unavailable', {
      meaning: 'Redis does not respond to the ticks: no visitor is admitted.',
      metric: alarms.own(metrics.queueUnavailable),
      threshold: 30,
      periods: 2,
    });
    alarms.add('QueueCold', 'queue-cold', {
      meaning: 'Redis lost its data: admissions are paused until the shoppers inside have registered again.',
      metric: alarms.own(metrics.queueCold),
      threshold: 1,
      periods: 1,
    });
    alarms.add('OutboxWaiting', 'outbox-waiting', {
      meaning: 'Admissions wait in the outbox: SQS does not accept them.',
      metric: alarms.own(metrics.outboxWaiting, Stats.MINIMUM),
      threshold: 100,
      periods: 5,
    });
    alarms.add('OutboxRefused', 'outbox-refused', {
      meaning: 'SQS has refused admission events in several consecutive minutes.',
      metric: alarms.own(metrics.outboxRefused),
      threshold: 1,
      periods: 5,
    });
    alarms.add('OutboxDead', 'outbox-dead', {
      meaning: 'An admission event cannot be delivered and was set aside in Redis.',
      metric: alarms.own(metrics.outboxDead),
      threshold: 1,
      periods: 1,
    });
  }
}
