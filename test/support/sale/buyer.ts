import { expect } from 'vitest';
import {
  type HoldAnswer,
  holdAnswerSchema,
  prepareAnswerSchema,
  seatStatusesSchema,
} from '#contract/sale-http.ts';
import { ask, reserveAs, type SeatKit, type SeatShopper, type SeatWorker } from './seat-kit.ts';

type Worker = Pick<SeatWorker, 'url'>;
type Held = Pick<HoldAnswer, 'reservationId' | 'fence'>;
type Order = { readonly orderId: string; readonly amountKrw: number };

/** Status and code of an answer. A refusal has no other fields than the contract's. */
export async function codeOf(answer: ReturnType<typeof ask>) {
  const { status, body } = await answer;
  const others = Object.keys(body).filter((key) => !['error', 'code', 'details'].includes(key));
  if (status >= 400) expect(others).toEqual([]);
  return [status, body.code];
}

export async function holdSeats(
  worker: Worker,
  shopper: SeatShopper,
  seatIds: readonly string[],
  reserve: typeof reserveAs = reserveAs,
) {
  const answer = await reserve(worker, shopper, { seatIds });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return holdAnswerSchema.parse(answer.body);
}

export async function prepareOrder(worker: Worker, shopper: SeatShopper, { reservationId, fence }: Held) {
  const answer = await ask(worker, 'POST', 'payments/prepare', shopper, { body: { reservationId, fence } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return prepareAnswerSchema.parse(answer.body);
}

/** The body of a confirm, after the buyer has approved the payment on the provider's page. */
export const approveOrder = (
  { sandbox }: Pick<SeatKit, 'sandbox'>,
  { orderId, amountKrw }: Order,
  fence: number,
) => ({ orderId, amountKrw, fence, paymentKey: sandbox.approve(orderId, amountKrw) });

/** A hold, and its order, which the buyer has approved. */
export async function orderSeats(
  kit: Pick<SeatKit, 'sandbox'>,
  worker: Worker,
  shopper: SeatShopper,
  seatIds: readonly string[],
  reserve?: typeof reserveAs,
) {
  const hold = await holdSeats(worker, shopper, seatIds, reserve);
  return { hold, order: approveOrder(kit, await prepareOrder(worker, shopper, hold), hold.fence) };
}

export const confirmOrder = (worker: Worker, shopper: SeatShopper, body: unknown) =>
  ask(worker, 'POST', 'payments/confirm', shopper, { body });

export async function buySeats(
  kit: Pick<SeatKit, 'sandbox'>,
  worker: Worker,
  shopper: SeatShopper,
  seatIds: readonly string[],
) {
  const bought = await orderSeats(kit, worker, shopper, seatIds);
  const answer = await confirmOrder(worker, shopper, bought.order);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return bought;
}

export const readStatuses = async (worker: Worker, shopper: SeatShopper, eventId: string) =>
  seatStatusesSchema.parse((await ask(worker, 'GET', `seats/events/${eventId}`, shopper)).body);
