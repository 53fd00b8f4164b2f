import { z } from 'zod';
import { UrrError } from '#core/errors.ts';
import type { Transaction } from '#core/sale/compare-books.ts';
import type { TossSettings } from './toss.ts';

const pageMax = 5_000;
/** Enough for a million transactions per day. */
const pagesMax = 200;
const defaultTimeoutMs = 30_000;

const pageSchema = z.array(
  z.object({
    transactionKey: z.string().min(1),
    orderId: z.string(),
    status: z.string(),
    amount: z.number(),
  }),
);

/**
 * Returns the transactions from `fromMs` (included) to `toMs` (excluded), whole seconds, oldest first: GET /v1/transactions,
 * whose times are in Korean time.
 *
 * @throws UrrError UNAVAILABLE
 */
export async function listTossTransactions(
  { url, secretKey, timeoutMs = defaultTimeoutMs }: TossSettings,
  fromMs: number,
  toMs: number,
): Promise<readonly Transaction[]> {
  const found: Transaction[] = [];
  let startingAfter: string | undefined;
  for (let page = 0; page < pagesMax; page++) {
    const query = new URLSearchParams({
      startDate: koreanTime(fromMs),
      endDate: koreanTime(toMs - 1_000),
      limit: String(pageMax),
      ...(startingAfter === undefined ? {} : { startingAfter }),
    });
    const transactions = await read(`${url}/v1/transactions?${query}`, secretKey, timeoutMs);
    for (const { orderId, status, amount } of transactions) {
      const isCancel = status === 'CANCELED' || status === 'PARTIAL_CANCELED';
      if (isCancel || status === 'DONE') found.push({ orderId, isCancel, amountKrw: Math.abs(amount) });
    }
    startingAfter = transactions.at(-1)?.transactionKey;
    if (transactions.length < pageMax) return found;
  }
  throw new UrrError(
    'UNAVAILABLE',
    `the provider lists more than ${pagesMax * pageMax} transactions on that day; compare its settlement report instead`,
  );
}

async function read(url: string, secretKey: string, timeoutMs: number): Promise<z.infer<typeof pageSchema>> {
  const authorization = `Basic ${Buffer.from(`${secretKey}:`).toString('base64')}`;
  try {
    const response = await fetch(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { authorization },
    });
    if (!response.ok) throw new Error(`response ${response.status}`);
    return pageSchema.parse(await response.json());
  } catch (cause) {
    throw new UrrError(
      'UNAVAILABLE',
      'the payment provider does not return its transactions; please try again',
      { cause },
    );
  }
}

const koreanTime = (ms: number) =>
  new Date(ms + 9 * 3_600_000).toISOString().slice(0, 'YYYY-MM-DDThh:mm:ss'.length);
