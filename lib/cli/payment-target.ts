import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { paymentsTouched } from '#adapters/dynamodb/sale/payment-books.ts';
import { createPaymentStore } from '#adapters/dynamodb/sale/payments.ts';
import { createReservationStore } from '#adapters/dynamodb/sale/reservations.ts';
import { createTossPayments, type TossSettings } from '#adapters/payments/toss.ts';
import { listTossTransactions } from '#adapters/payments/toss-transactions.ts';
import { createSecretReader } from '#adapters/secrets/reader.ts';
import type { Payment } from '#contract/sale.ts';
import { salesTableName } from '#contract/sale-tables.ts';
import { UrrError } from '#core/errors.ts';
import type { Transaction } from '#core/sale/compare-books.ts';
import type { PaymentProvider, PaymentStore, ReservationStore } from '#core/sale/ports.ts';

/** Stores and provider of the payment commands. */
export interface PaymentsTarget {
  readonly payments: Pick<PaymentStore, 'get' | 'move'>;
  readonly reservations: Pick<ReservationStore, 'get'>;
  readonly paymentsTouched: (
    fromMs: number,
    toMs: number,
    onUnreadable: (error: Error) => void,
  ) => Promise<ReadonlyMap<string, Payment>>;
  /** Reads the provider's secret, so only commands that need the provider call it. */
  readonly openProvider: () => Promise<{
    readonly query: PaymentProvider['query'];
    readonly transactions: (fromMs: number, toMs: number) => Promise<readonly Transaction[]>;
  }>;
}

export function paymentsTarget(
  documents: DynamoDBDocumentClient,
  environment: string,
  nowMs: () => number,
  settings: () => Promise<TossSettings>,
): PaymentsTarget {
  const payments = salesTableName(environment, 'payments');
  const reservations = salesTableName(environment, 'reservations');
  // A command reads one item, so an unreadable item fails the command.
  const unreadable = () => undefined;
  return {
    payments: createPaymentStore(documents, payments, nowMs, unreadable),
    reservations: createReservationStore(documents, reservations, nowMs, unreadable),
    paymentsTouched: (fromMs, toMs, onUnreadable) =>
      paymentsTouched(documents, payments, fromMs, toMs, onUnreadable),
    async openProvider() {
      const toss = await settings();
      const { query } = createTossPayments(toss);
      return { query, transactions: (fromMs, toMs) => listTossTransactions(toss, fromMs, toMs) };
    },
  };
}

export const tossUrl = 'https://api.tosspayments.com';
const pagesMax = 10;

/** Returns the provider's secret of an environment on AWS, found by the tags that CloudFormation sets. */
export async function environmentSecret(environment: string): Promise<string> {
  const client = new SecretsManagerClient({ maxAttempts: 3 });
  try {
    let NextToken: string | undefined;
    for (let page = 0; page < pagesMax; page++) {
      const list = new ListSecretsCommand({
        Filters: [{ Key: 'tag-value', Values: [`urr-${environment}-state`] }],
        ...(NextToken === undefined ? {} : { NextToken }),
      });
      const answer = await client.send(list);
      const found = answer.SecretList?.find(({ Tags }) =>
        Tags?.some(
          ({ Key, Value }) => Key === 'aws:cloudformation:logical-id' && Value?.startsWith('PaymentKey'),
        ),
      );
      if (found?.ARN !== undefined) return await read(client, found.ARN);
      NextToken = answer.NextToken;
      if (NextToken === undefined) break;
    }
  } finally {
    client.destroy();
  }
  throw new UrrError(
    'NOT_FOUND',
    `environment ${environment} has no secret of the payment provider; check the account and the Region`,
  );
}

/** Returns the secret of a local run. */
export async function localSecret(endpoint: string, secretId: string): Promise<string> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const region = secretId.split(':')[3] ?? 'us-east-1';
  const client = new SecretsManagerClient({ endpoint, region, credentials });
  try {
    return await read(client, secretId);
  } finally {
    client.destroy();
  }
}

async function read(client: SecretsManagerClient, secretId: string): Promise<string> {
  const secret = await createSecretReader(client, secretId)('current');
  if (secret === undefined)
    throw new UrrError(
      'NOT_FOUND',
      'the secret of the payment provider has no value; store the key (runbook, procedures)',
    );
  return secret;
}
