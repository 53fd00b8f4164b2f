import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { type Payment, paymentSchema } from '#contract/sales.ts';
import { indexShardOf, salesTables } from '#contract/sales-tables.ts';
import { isUnsettled } from '#core/sales/payment.ts';
import type { PaymentStore } from '#core/sales/ports.ts';
import { type OnUnreadable, parseItem, placeOf } from '../items.ts';
import { calling, conditionFailure } from '../translate.ts';
import { oldestOf, oneOf, updateIf } from './conditional.ts';
import { announcing, clearOutbox, type Outbox, outboxAttributes } from './outbox.ts';

const itemSchema = paymentSchema.extend({ unsettledShard: z.string().optional(), ...outboxAttributes });
const [unsettled, unpublished] = salesTables.payments.indexes;
const announcedStates: readonly string[] = ['settled', 'refunded'];

/** Payments in the payments table. Every change is one conditional write of one item. */
export function createPaymentStore(
  client: DynamoDBDocumentClient,
  table: string,
  nowMs: () => number,
  onUnreadable: OnUnreadable,
): PaymentStore & Outbox<Payment> {
  const toStored = (item: unknown) => parseItem(itemSchema, item, placeOf(table, item, 'orderId'));
  const toPayment = (item: unknown): Payment => paymentOf(toStored(item));

  return {
    async create(payment) {
      const put = new PutCommand({
        TableName: table,
        Item: payment,
        ConditionExpression: 'attribute_not_exists(orderId)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      try {
        await calling(() => client.send(put));
        return { created: true, payment };
      } catch (error) {
        const failure = conditionFailure(error);
        if (failure === undefined) throw error;
        return { created: false, payment: toPayment(failure.item) };
      }
    },

    async get(orderId) {
      const { Item } = await calling(() =>
        client.send(new GetCommand({ TableName: table, Key: { orderId }, ConsistentRead: true })),
      );
      return Item === undefined ? undefined : toPayment(Item);
    },

    async move({ orderId, from, to, paymentKey, nowMs: atMs }) {
      const states = oneOf('from', from);
      const sets = ['#state = :to', 'version = version + :one', 'updatedAtMs = :now'];
      const values: Record<string, unknown> = { ...states.values, ':to': to, ':one': 1, ':now': atMs };
      if (paymentKey !== undefined) {
        sets.push('paymentKey = :paymentKey');
        values[':paymentKey'] = paymentKey;
      }
      if (isUnsettled(to)) {
        sets.push('unsettledShard = :unsettled');
        values[':unsettled'] = indexShardOf(orderId);
      }
      if (announcedStates.includes(to)) {
        const announcement = announcing(orderId, to, nowMs());
        sets.push(...announcement.sets);
        Object.assign(values, announcement.values);
      }
      const { done, item } = await updateIf(client, {
        table,
        key: { orderId },
        update: `SET ${sets.join(', ')}${isUnsettled(to) ? '' : ' REMOVE unsettledShard'}`,
        conditions: { 'is in one of the states': `#state IN (${states.list})` },
        names: { '#state': 'state' },
        values,
      });
      return { moved: done, payment: item === undefined ? undefined : toPayment(item) };
    },

    listUnsettled: (beforeMs, limit) =>
      oldestOf(client, {
        table,
        index: unsettled,
        beforeMs,
        limit,
        parse: (item) => toPayment(item).orderId,
        onUnreadable,
      }),

    listUnpublished: (limit, isSetAside) =>
      oldestOf(client, {
        table,
        index: unpublished,
        beforeMs: nowMs(),
        limit,
        parse: (item) => {
          const stored = toStored(item);
          return { subject: paymentOf(stored), announcements: stored.outbox ?? [] };
        },
        onUnreadable,
        isSetAside: isSetAside && (({ subject }) => isSetAside(subject)),
      }),

    markPublished: ({ orderId, version }) => clearOutbox(client, table, { orderId }, version),
  };
}

/** Without what serves the indexes and the outbox. */
function paymentOf({
  unsettledShard: _u,
  outboxShard: _s,
  outboxAtMs: _a,
  outbox: _b,
  ...payment
}: z.infer<typeof itemSchema>): Payment {
  return payment;
}
