import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { createCounterStore } from '#adapters/dynamodb/line/counters.ts';
import { createSalesStore } from '#adapters/dynamodb/sale/layouts.ts';
import type { TossSettings } from '#adapters/payments/toss.ts';
import type { SeatLayout } from '#contract/sale.ts';
import { salesTableName } from '#contract/sale-tables.ts';
import { tableName } from '#contract/tables.ts';
import type { EventStore } from '#core/events/ports.ts';
import type { CounterStore } from '#core/line/ports.ts';
import type { LayoutStore } from '#core/sale/ports.ts';
import {
  environmentSecret,
  localSecret,
  type PaymentsTarget,
  paymentsTarget,
  tossUrl,
} from './payment-target.ts';
import { UsageError } from './usage-error.ts';

/** The system that a command changes. */
export interface Target extends PaymentsTarget {
  /** Name in messages: `the local run`, `environment prod`. */
  readonly name: string;
  readonly events: EventStore;
  readonly counters: CounterStore;
  readonly layouts: LayoutStore & { putLayout(layout: SeatLayout): Promise<void> };
  readonly close: () => void;
}

export interface TargetChoice {
  readonly env?: string | undefined;
  readonly local?: boolean | undefined;
}

const environmentNamePattern = /^[a-z][a-z0-9-]{0,19}$/;

/** The used part of .urr/local.json, which a local run writes. */
const localRunSchema = z.object({
  url: z.url(),
  environmentName: z.string().regex(environmentNamePattern),
  endpoints: z.object({ dynamodb: z.url(), secretsManager: z.url().optional() }),
  payments: z.object({ url: z.url(), secretId: z.string().min(1) }).optional(),
});

const localRunFile = resolve(import.meta.dirname, '../../.urr/local.json');
/** Short, because an operator can repeat a command. */
const answerMsMax = 10_000;
const attemptsMax = 3;

/** @throws UsageError when the choice is missing or ambiguous, or there is no local run */
export async function openTarget(
  choice: TargetChoice,
  nowMs: () => number,
  localRun = localRunFile,
): Promise<Target> {
  if ((choice.env === undefined) === (choice.local !== true)) {
    throw new UsageError(
      'choose one system: --env NAME (AWS, with your usual credentials) or --local (npm start)',
    );
  }
  const requestHandler = { requestTimeout: answerMsMax, throwOnRequestTimeout: true };
  if (choice.env !== undefined) {
    if (!environmentNamePattern.test(choice.env)) {
      throw new UsageError(`--env "${choice.env}": an environment has a name such as dev, staging or prod`);
    }
    const client = new DynamoDBClient({ maxAttempts: attemptsMax, requestHandler });
    const { env } = choice;
    return targetOf(`environment ${env}`, env, client, nowMs, async () => ({
      url: tossUrl,
      secretKey: await environmentSecret(env),
    }));
  }
  const { endpoints, environmentName, payments } = await readLocalRun(localRun);
  const client = new DynamoDBClient({
    endpoint: endpoints.dynamodb,
    region: 'us-east-1',
    // The embedded server requires a signature and does not verify it.
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: attemptsMax,
    requestHandler,
  });
  return targetOf('the local run', environmentName, client, nowMs, async () => {
    if (payments === undefined || endpoints.secretsManager === undefined)
      throw new UsageError('the local run has no payment provider; restart npm start');
    return { url: payments.url, secretKey: await localSecret(endpoints.secretsManager, payments.secretId) };
  });
}

async function readLocalRun(path: string): Promise<z.infer<typeof localRunSchema>> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) throw new UsageError('there is no local run; start one with npm start');
  const parsed = localRunSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new UsageError(`${path} is from another version of URR; restart npm start`);
  return parsed.data;
}

function targetOf(
  name: string,
  environment: string,
  client: DynamoDBClient,
  nowMs: () => number,
  provider: () => Promise<TossSettings>,
): Target {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return {
    name,
    events: createEventStore(documents, tableName(environment, 'events'), nowMs),
    counters: createCounterStore(documents, tableName(environment, 'counters')),
    layouts: createSalesStore(documents, salesTableName(environment, 'sales')),
    ...paymentsTarget(documents, environment, nowMs, provider),
    close: () => client.destroy(),
  };
}
