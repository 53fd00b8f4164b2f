import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { type Payment, paymentSchema } from '#contract/sale.ts';
import { dueShard, indexShardOf, indexShards, salesTables } from '#contract/sale-tables.ts';
import { isUnsettled } from '#core/sale/payment-life.ts';
import type { DuePayment, PaymentStore } from '#core/sale/ports.ts';
import { type OnUnreadable, parseItem, placeOf } from '../items.ts';
import { calling, conditionFailure } from '../translate.ts';
import { oldestOf, oneOf, updateIf } from './conditional.ts';
import { announcementUpdate, createOutbox, type Outbox, outboxAttributes } from './outbox.ts';

const itemSchema = paymentSchema.extend({
  unsettledShard: z.string().optional(),
  dueShard: z.string().optional(),
  ...outboxAttributes,
});
const [unsettled, unpublished, due] = salesTables.payments.indexes;

/** Payments in the payments table. Every change is one conditional write of one item. */
export function createPaymentStore(
  client: DynamoDBDocumentClient,
  table: string,
  nowMs: () => number,
  onUnreadable: OnUnreadable,
): PaymentStore & Outbox<Payment> {
  const toStored = (item: unknown) => parseItem(itemSchema, item, placeOf(table, item, 'orderId'));
  const toPayment = (item: unknown): Payment => paymentOf(toStored(item));
  const toDue = (item: unknown): DuePayment => {
    const { orderId, userId, state, attempts = 0, nextAttemptAtMs } = toPayment(item);
    return { orderId, userId, state, attempts, nextAttemptAtMs };
  };

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

    async move({
      orderId,
      from,
      to,
      ifVersion,
      paymentKey,
      refunds,
      returned,
      manualStep,
      due: turn,
      nowMs: atMs,
    }) {
      const states = oneOf('from', from);
      const sets = ['#state = :to', 'version = version + :one', 'updatedAtMs = :now'];
      const removes = ['attempts', 'refusals'];
      const values: Record<string, unknown> = { ...states.values, ':to': to, ':one': 1, ':now': atMs };
      const conditions: Record<string, string> = { 'is in one of the states': `#state IN (${states.list})` };
      const set = (attribute: string, value: unknown) => {
        sets.push(`${attribute} = :${attribute}`);
        values[`:${attribute}`] = value;
      };
      if (ifVersion !== undefined) {
        conditions['is as it was seen'] = 'version = :ifVersion';
        values[':ifVersion'] = ifVersion;
      }
      if (paymentKey !== undefined) set('paymentKey', paymentKey);
      if (refunds !== undefined) set('refunds', refunds);
      if (manualStep !== undefined) {
        sets.push('byHand = list_append(if_not_exists(byHand, :none), :byHand)');
        Object.assign(values, { ':none': [], ':byHand': [manualStep] });
      }
      if (isUnsettled(to)) set('unsettledShard', indexShardOf(orderId));
      else removes.push('unsettledShard');
      if (turn === undefined) removes.push('dueShard', 'nextAttemptAtMs');
      else {
        set('dueShard', dueShard(turn.dueClass, indexShardOf(orderId)));
        set('nextAttemptAtMs', turn.nextAttemptAtMs);
      }
      const change =
        returned !== undefined
          ? { state: 'refunded', ...returned }
          : to === 'settled'
            ? { state: 'settled' }
            : undefined;
      if (change !== undefined) {
        const announcement = announcementUpdate(orderId, { ...change, atMs: nowMs() });
        sets.push(...announcement.sets);
        Object.assign(values, announcement.values);
      }
      const { done, item } = await updateIf(client, {
        table,
        key: { orderId },
        update: `SET ${sets.join(', ')} REMOVE ${removes.join(', ')}`,
        conditions,
        names: { '#state': 'state' },
        values,
      });
      return { moved: done, payment: item === undefined ? undefined : toPayment(item) };
    },

    listDue: (dueClass, beforeMs, limit) => {
      const shards = indexShards.map((shard) => dueShard(dueClass, shard));
      return oldestOf(client, { table, index: due, shards, beforeMs, limit, parse: toDue, onUnreadable });
    },

    listWithoutTurn: (beforeMs, limit) => {
      const filter = 'attribute_not_exists(nextAttemptAtMs)';
      return oldestOf(client, {
        table,
        index: unsettled,
        filter,
        beforeMs,
        limit,
        parse: toDue,
        onUnreadable,
      });
    },

    async takeTurn({ orderId, state, nextAttemptAtMs: seen }, dueClass, nextAttemptAtMs) {
      const isDue = seen === undefined ? 'attribute_not_exists(nextAttemptAtMs)' : 'nextAttemptAtMs = :seen';
      const { done, item } = await updateIf(client, {
        table,
        key: { orderId },
        update:
          'SET nextAttemptAtMs = :next, dueShard = :shard, attempts = if_not_exists(attempts, :none) + :one',
        conditions: { 'its turn is free': isDue, 'is as it was seen': '#state = :state' },
        names: { '#state': 'state' },
        values: {
          ':next': nextAttemptAtMs,
          ':shard': dueShard(dueClass, indexShardOf(orderId)),
          ':none': 0,
          ':one': 1,
          ':state': state,
          ...(seen === undefined ? {} : { ':seen': seen }),
        },
      });
      return done ? toPayment(item) : undefined;
    },

    async deleteTurn(orderId, nextAttemptAtMs) {
      await updateIf(client, {
        table,
        key: { orderId },
        update: 'REMOVE dueShard, nextAttemptAtMs',
        conditions: { 'nobody has moved it': 'nextAttemptAtMs = :seen' },
        values: { ':seen': nextAttemptAtMs },
      });
    },

    async noteRefusal({ orderId, state, askNumber, code, isLasting }) {
      const isFirst = askNumber === 0 ? 'attribute_not_exists(askNumber) OR ' : '';
      const { item } = await updateIf(client, {
        table,
        key: { orderId },
        update:
          'SET askNumber = :next, lastRefusal = :code, refusals = if_not_exists(refusals, :none) + :lasting',
        conditions: {
          'is the first to say so': `${isFirst}askNumber = :asked`,
          'still asks': '#state = :state',
        },
        names: { '#state': 'state' },
        values: {
          ':next': askNumber + 1,
          ':asked': askNumber,
          ':code': code,
          ':none': 0,
          ':lasting': isLasting ? 1 : 0,
          ':state': state,
        },
      });
      return (item === undefined ? undefined : toPayment(item).refusals) ?? 0;
    },

    ...createOutbox(client, {
      table,
      index: unpublished,
      onUnreadable,
      nowMs,
      toStored,
      subjectOf: paymentOf,
      keyOf: ({ orderId }) => ({ orderId }),
    }),
  };
}

/** Returns the payment without the attributes of the indexes and the outbox. */
function paymentOf({
  unsettledShard: _u,
  dueShard: _d,
  outboxShard: _s,
  outboxAtMs: _a,
  outbox: _b,
  ...payment
}: z.infer<typeof itemSchema>): Payment {
  return payment;
}
