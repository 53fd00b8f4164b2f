import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { cancelHold } from '#core/sale/change.ts';
import { sweepOverdue } from '#core/sale/expire.ts';
import { confirmPayment } from '#core/sale/payment.ts';
import { preparePayment } from '#core/sale/prepare.ts';
import { reconcilePayments } from '#core/sale/reconcile.ts';
import { refundPayment } from '#core/sale/refund.ts';
import { reserve } from '#core/sale/reserve.ts';
import { portsOf } from '../../../functions/seat-lock/deps.ts';
import { sha256Hex } from '../../../functions/seat-lock/hash.ts';
import { seededRandom } from '../random.ts';
import type { ContestOrders, ContestTally } from './contest.ts';
import { seatDeps } from './seat-deps.ts';

/**
 * One worker process of the contest: buyers who want the same few seats, and the sweeper and the reconciler, on the
 * rules and adapters of the real worker. It ends by a kill or by a message of its parent.
 */
// The parent has ended.
process.once('disconnect', () => process.exit());
process.once('message', (orders: ContestOrders) => void contest(orders));

async function contest({ settings, eventId, seats, buyers, seed }: ContestOrders): Promise<void> {
  const random = seededRandom(seed);
  const { deps } = seatDeps(settings);
  const ports = portsOf(deps);
  const tally: ContestTally = { holds: 0, taken: 0, reserved: 0, bought: 0, refunded: 0, errors: 0 };
  const pick = () => {
    const count = 1 + Math.floor(random() * 4);
    const first = 1 + Math.floor(random() * (seats - count + 1));
    return Array.from({ length: count }, (_, index) => `A-1-${first + index}`);
  };

  const buy = async (reservationId: string, userId: string, fence: number) => {
    const prepared = await preparePayment({ ...ports, sha256: sha256Hex }, { reservationId, userId, fence });
    if (prepared.outcome !== 'prepared') return;
    const { orderId, amountKrw } = prepared.payment;
    const back = 'http://127.0.0.1/';
    const page = new URLSearchParams({
      orderId,
      amount: String(amountKrw),
      successUrl: back,
      failUrl: back,
    });
    const answer = await fetch(`${settings.payments.url}/checkout/pay?${page}`, { redirect: 'manual' });
    const paymentKey = new URL(answer.headers.get('location') ?? '').searchParams.get('paymentKey') ?? '';
    const confirmed = await confirmPayment(ports, { orderId, userId, paymentKey, amountKrw, fence });
    if (confirmed.outcome !== 'confirmed') return;
    tally.bought++;
    // Nearly all sales are refunded at once, so that seats stay available for the contest.
    if (random() < 0.9 && (await refundPayment(ports, { orderId, userId })).outcome === 'refunded')
      tally.refunded++;
  };

  const attempt = async () => {
    const userId = randomUUID();
    const reservationId = randomUUID();
    const seatIds = pick();
    tally.holds++;
    const got = await reserve(ports, {
      reservationId,
      requestHash: 'h'.repeat(43),
      eventId,
      userId,
      seatIds,
      seatAmountsKrw: seatIds.map(() => 50_000),
      seatsPerAccount: 4,
      terms: {},
      holdMs: settings.timings.holdMs,
      holdMsMax: settings.timings.holdMsMax,
    });
    if (got.outcome === 'taken') tally.taken++;
    if (got.outcome !== 'reserved') return;
    tally.reserved++;
    const { fence } = got.reservation;
    const fate = random();
    if (fate < 0.6) await buy(reservationId, userId, fence);
    else if (fate < 0.9) await cancelHold(ports, { reservationId, userId, fence });
  };

  const buyer = async () => {
    for (;;) {
      try {
        await attempt();
      } catch {
        // Redis or the tables are unavailable for a moment. The sweeper and the reconciler finish what was started.
        tally.errors++;
        await sleep(20);
      }
    }
  };
  const round = async (everyMs: number, work: () => Promise<unknown>) => {
    for (;;) {
      await work().catch(() => tally.errors++);
      await sleep(everyMs);
    }
  };
  const onError = () => void tally.errors++;
  void round(500, () => sweepOverdue(ports, { limit: 100, concurrency: 8, onError }));
  for (const dueClass of ['owing', 'undecided'] as const)
    void round(500, () => reconcilePayments(ports, { dueClass, limit: 100, onError }));
  void round(100, async () => process.send?.(tally));
  // Seats of buyers whose process was killed are refunded too, because sold seats would end the contest.
  void round(300, async () => {
    for await (const { state, orderId, userId } of deps.reservations.listOwning(eventId, () => {})) {
      if (state !== 'confirmed' || orderId === undefined || random() < 0.6) continue;
      if ((await refundPayment(ports, { orderId, userId })).outcome === 'refunded') tally.refunded++;
    }
  });
  for (let index = 0; index < buyers; index++) void buyer();
}
