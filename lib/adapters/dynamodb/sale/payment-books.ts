import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type Payment, paymentSchema } from '#contract/sale.ts';
import { type OnUnreadable, parseEach, parseItem, placeOf } from '../items.ts';
import { calling } from '../translate.ts';

/**
 * Returns the payments created before `toMs` and updated since `fromMs`. Reads the whole table page by page, so it is
 * only for operators.
 */
export async function paymentsTouched(
  client: DynamoDBDocumentClient,
  table: string,
  fromMs: number,
  toMs: number,
  onUnreadable: OnUnreadable,
): Promise<ReadonlyMap<string, Payment>> {
  const found = new Map<string, Payment>();
  let start: Record<string, unknown> | undefined;
  do {
    const scan = new ScanCommand({
      TableName: table,
      FilterExpression: 'createdAtMs < :to AND updatedAtMs >= :from',
      ExpressionAttributeValues: { ':from': fromMs, ':to': toMs },
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    const { Items, LastEvaluatedKey } = await calling(() => client.send(scan));
    const read = (item: unknown) => parseItem(paymentSchema, item, placeOf(table, item, 'orderId'));
    for (const payment of parseEach(Items ?? [], read, onUnreadable)) found.set(payment.orderId, payment);
    start = LastEvaluatedKey;
  } while (start !== undefined);
  return found;
}
