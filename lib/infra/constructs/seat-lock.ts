import { Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { metrics } from '#contract/metrics.ts';
import { salesTables as shapes } from '#contract/sale-tables.ts';
import { siteUrl, tokenIssuer } from '../names.ts';
import { grantAccess } from './access-grants.ts';
import { FifoConsumer } from './fifo-consumer.ts';
import type { PaymentSecrets } from './payment-secrets.ts';
import type { SalesTables } from './sales-tables.ts';
import type { Buyers } from './user-pool.ts';
import type { WaitingRoomTables } from './waiting-room-tables.ts';
import { WorkerService, type WorkerSurroundings } from './worker-service.ts';

export interface SeatLockProps extends WorkerSurroundings {
  readonly tables: WaitingRoomTables;
  readonly salesTables: SalesTables;
  readonly publicKeys: Secret;
  readonly paymentSecrets: PaymentSecrets;
  readonly buyers: Buyers;
  /** Sign-in sessions: the worker reads the ended ones. */
  readonly sessions: TableV2;
}

/** The sale: the seat-lock worker, and the path of its events to the statistics. */
export class SeatLock extends Construct {
  readonly worker: WorkerService<'seatLock'>;
  readonly events: FifoConsumer<'reservationEvents'>;

  constructor(scope: Construct, id: string, props: SeatLockProps) {
    super(scope, id);
    const { settings, tables, salesTables, publicKeys, paymentSecrets, buyers, network, alarmTopic } = props;
    this.events = new FifoConsumer(this, 'Events', {
      settings,
      service: 'reservation-events',
      contract: 'reservationEvents',
      environment: { STATS_TABLE: tables.stats.tableName },
      runbook: 'reservation-events.md',
      alarmTopic,
    });
    this.events.function.allow(['dynamodb:UpdateItem', 'dynamodb:Query'], tables.stats.tableArn);
    const { url, checkoutUrl, clientKey } = settings.payment;
    this.worker = new WorkerService(this, 'Worker', {
      ...props,
      worker: 'seat-lock',
      contract: 'seatLock',
      environment: {
        EVENTS_TABLE: tables.events.tableName,
        POSITIONS_TABLE: tables.positions.tableName,
        SESSIONS_TABLE: props.sessions.tableName,
        SEATS_TABLE: salesTables.seats.tableName,
        RESERVATIONS_TABLE: salesTables.reservations.tableName,
        PAYMENTS_TABLE: salesTables.payments.tableName,
        SALES_TABLE: salesTables.sales.tableName,
        PUBLIC_KEYS_SECRET: publicKeys.secretArn,
        TOKEN_ISSUER: tokenIssuer(settings),
        SIGN_IN_ISSUER: buyers.issuer,
        SIGN_IN_CLIENT_ID: buyers.clientId,
        RESERVATION_QUEUE_URL: this.events.queue.queueUrl,
        SITE_URL: siteUrl(settings),
        SWEEP_MS: String(settings.workers.rounds.sweepMs),
        RECONCILE_MS: String(settings.workers.rounds.reconcileMs),
        PAYMENT_URL: url,
        ...(checkoutUrl === undefined ? {} : { PAYMENT_CHECKOUT_URL: checkoutUrl }),
        PAYMENT_CLIENT_KEY: clientKey,
        PAYMENT_SECRET: paymentSecrets.key.secretArn,
        PAYMENT_WEBHOOK_SECRET: paymentSecrets.webhook.secretArn,
      },
      size: settings.workers.seatLock,
      // The payment provider is on the internet: docs/adr/0052.
      subnets: network.outbound,
      paths: ['/api/v1/seats/*', '/api/v1/reservations/*', '/api/v1/payments/*'],
      priority: 20,
      // A confirmation is slow, because it waits for the payment provider.
      slow: Duration.seconds(3),
      runbook: 'seat-lock.md',
    });
    this.grant(props);
    this.addAlarms();
  }

  private grant({ sessions, tables, salesTables, publicKeys, paymentSecrets }: SeatLockProps): void {
    const { worker } = this;
    grantAccess(worker, tables, sessions);
    worker.allow(
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:UpdateItem'],
      salesTables.seats.tableArn,
    );
    for (const name of ['reservations', 'payments'] as const) {
      const { tableArn } = salesTables[name];
      worker.allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], tableArn);
      worker.allow(
        ['dynamodb:Query'],
        ...shapes[name].indexes.map((index) => `${tableArn}/index/${index.name}`),
      );
    }
    worker.allow(
      ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      salesTables.sales.tableArn,
    );
    worker.allow(
      ['secretsmanager:GetSecretValue'],
      publicKeys.secretArn,
      paymentSecrets.key.secretArn,
      paymentSecrets.webhook.secretArn,
    );
    worker.allow(['sqs:SendMessage'], this.events.queue.queueArn);
  }

  private addAlarms(): void {
    const { alarms } = this.worker;
    alarms.add('PaymentStuck', 'payment-stuck', {
      meaning: 'A payment could not be finished: money and seats may differ until it is.',
      // Attempts are up to 4 min apart, so each of two periods of 5 min must contain one.
      metric: alarms.own(metrics.paymentStuck).with({ period: Duration.minutes(5) }),
      threshold: 1,
      periods: 2,
    });
    alarms.add('RefundRefused', 'refund-refused', {
      meaning:
        'The provider refuses a refund for good: the buyer waits for the money until an operator decides.',
      metric: alarms.own(metrics.refundRefused),
      threshold: 1,
      periods: 1,
    });
    alarms.add('ReservationStuck', 'reservation-stuck', {
      meaning: 'An overdue reservation could not be ended in several attempts.',
      metric: alarms.own(metrics.reservationStuck),
      threshold: 1,
      periods: 2,
    });
    alarms.add('OutboxInvalid', 'outbox-invalid', {
      meaning: 'The outcome of a sale cannot be sent to the statistics and stays in its outbox.',
      metric: alarms.own(metrics.reservationEventInvalid),
      threshold: 1,
      periods: 1,
    });
    alarms.add('WebhookRefused', 'webhook-refused', {
      meaning: "Webhooks are refused: their signatures are not the provider's, or our secret is not its.",
      metric: alarms.own(metrics.webhookRefused),
      threshold: 10,
      periods: 2,
    });
    alarms.add('SeatsUnavailable', 'seats-unavailable', {
      meaning: "The seats' Redis does not answer: nobody can hold a seat.",
      metric: alarms.own(metrics.seatsUnavailable),
      threshold: 30,
      periods: 2,
    });
    alarms.add('OutboxRefused', 'outbox-refused', {
      meaning: 'SQS has refused reservation events in several consecutive minutes.',
      metric: alarms.own(metrics.salesOutboxRefused),
      threshold: 1,
      periods: 5,
    });
  }
}
