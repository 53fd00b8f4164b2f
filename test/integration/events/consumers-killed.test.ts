import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdmissionStatistics } from '#adapters/dynamodb/queue/statistics.ts';
import { createSaleStatistics } from '#adapters/dynamodb/sale/statistics.ts';
import { createAdmissionPublisher } from '#adapters/sqs/admission-publisher.ts';
import { createReservationPublisher } from '#adapters/sqs/reservation-publisher.ts';
import type { AdmissionEvent } from '#contract/admission-event.ts';
import type { ReservationEvent } from '#contract/reservation-event.ts';
import { tableName } from '#contract/tables.ts';
import { QueuePoller } from '#local/lambda/queue-poller.ts';
import { createLog } from '#local/log.ts';
import { startChildServer } from '#local/servers/child-server.ts';
import { makeHandler as admissionHandler } from '../../../functions/admission-events/handler.ts';
import { makeHandler as reservationHandler } from '../../../functions/reservation-events/handler.ts';
import { countingTelemetry } from '../../support/line/vwr-api.ts';
import { startDynamodb, type TestDynamodb } from '../../support/servers/dynamodb.ts';
import { noneUnreadable } from '../../support/servers/unreadable.ts';
import { eventually } from '../../support/time/patience.ts';

/** A real FIFO queue, whose consumer is killed within a batch while others continue. */
const quiet = createLog(() => {});
/** Never ends during a test, which ends it explicitly. */
const visibilitySeconds = 12 * 3600;
const minuteMs = Date.UTC(2026, 6, 1, 11, 0);
let dynamodb: TestDynamodb;
let queues: Awaited<ReturnType<typeof startChildServer>>;
let sqs: SQSClient;

beforeAll(async () => {
  [dynamodb, queues] = await Promise.all([
    startDynamodb(),
    startChildServer('queues', './queues-child.ts', quiet),
  ]);
  await dynamodb.createTables('killed');
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  sqs = new SQSClient({ endpoint: queues.url, region: 'us-east-1', credentials });
});
afterAll(async () => {
  sqs.destroy();
  await Promise.all([dynamodb.stop(), queues.stop()]);
});

type Handler = (event: SQSEvent) => Promise<unknown>;

/** Lambda's side of the queue, with the handler in this process. */
const consumer = (queueUrl: string, invoke: Handler) =>
  new QueuePoller({
    client: sqs,
    queueUrl,
    queueArn: 'arn:aws:sqs:us-east-1:1:q.fifo',
    region: 'us-east-1',
    batchSize: 10,
    reportsFailures: true,
    log: quiet,
    target: { options: { name: 'consumer' }, invoke },
  });

/**
 * Sends all messages, kills a consumer that has read a batch, and runs two others until all but that batch is counted.
 * Then the visibility time-out ends, and they count the batch too.
 */
async function play(
  handler: Handler,
  all: number,
  send: (queueUrl: string) => Promise<void>,
  counted: () => Promise<number>,
) {
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({
      QueueName: `q${randomUUID().slice(0, 8)}.fifo`,
      Attributes: { FifoQueue: 'true', VisibilityTimeout: String(visibilitySeconds) },
    }),
  );
  const queueUrl = new URL(new URL(QueueUrl).pathname, queues.url).href;
  await send(queueUrl);
  // The state that a killed consumer leaves: messages that were received and not deleted.
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
  );
  expect(Messages).toHaveLength(10);
  const others = [consumer(queueUrl, handler), consumer(queueUrl, handler)];
  for (const other of others) other.start();
  try {
    await eventually(async () => expect(await counted()).toBe(all - Messages.length));
    for (const { ReceiptHandle } of Messages)
      await sqs.send(
        new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
      );
    await eventually(async () => expect(await counted()).toBe(all));
  } finally {
    await Promise.all(others.map((other) => other.stop()));
  }
}

describe('a consumer that is killed within a batch', () => {
  it('delays its own sales by the visibility time-out, and no others of the event', async () => {
    const statistics = createSaleStatistics(dynamodb.documents, tableName('killed', 'stats'), noneUnreadable);
    const sales = Array.from(
      { length: 60 },
      (_, at): ReservationEvent => ({
        type: 'reservation',
        id: randomUUID(),
        eventId: 'sale',
        state: 'confirmed',
        atMs: minuteMs + at * 50,
        seats: 1,
        amountKrw: 10,
      }),
    );
    await play(
      reservationHandler({ statistics, telemetry: countingTelemetry() }),
      sales.length,
      async (queueUrl) => {
        const { publish } = createReservationPublisher(sqs, queueUrl, () => {});
        for (let at = 0; at < sales.length; at += 10) await publish(sales.slice(at, at + 10));
      },
      async () => (await statistics.totals('sale', minuteMs, minuteMs + 60_000)).confirmed.count,
    );
  });

  it('delays its own admissions by the visibility time-out, and no others of the event', async () => {
    const statistics = createAdmissionStatistics(
      dynamodb.documents,
      tableName('killed', 'stats'),
      noneUnreadable,
    );
    const admissions = Array.from(
      { length: 60 },
      (_, at): AdmissionEvent => ({
        type: 'admission',
        eventId: 'sale',
        generation: 1,
        admissionId: `${minuteMs + Math.floor(at / 5) * 1000}-abcdefghijkl-${at + 1}`,
        user: `u.${at}`,
      }),
    );
    await play(
      admissionHandler({ statistics, telemetry: countingTelemetry() }),
      admissions.length,
      async (queueUrl) => {
        const { publish } = createAdmissionPublisher(sqs, queueUrl, () => {});
        for (let at = 0; at < admissions.length; at += 10) await publish(admissions.slice(at, at + 10));
      },
      async () =>
        [...(await statistics.perMinute('sale', minuteMs, minuteMs + 60_000)).values()].reduce(
          (a, b) => a + b,
          0,
        ),
    );
  });
});
