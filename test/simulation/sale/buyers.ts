import { signWebhook } from '#adapters/payments/webhook.ts';
import { webhookHeaders } from '#contract/payment-webhook.ts';
import type { ReservationState } from '#contract/sale.ts';
import {
  freePaymentKey,
  holdAnswerSchema,
  idempotencyKeyHeader,
  prepareAnswerSchema,
} from '#contract/sale-http.ts';
import { isDead } from '#core/sale/reservation.ts';
import type { Scene } from './scenes.ts';
import type { Random, Scheduler } from './scheduler.ts';
import { eventId, seatIndex, webhookSecret } from './setting.ts';
import type { World } from './simulated-sale.ts';
import type { Watch } from './watch.ts';
import { type Answered, type Asked, eventHeader, type SimulatedWorker } from './worker.ts';

export const buyerCount = 6;
const answerMsMax = 30_000;
/** Times that Toss sends a webhook. */
const webhookTriesMax = 7;

/** A response, or a refusal with its code. Undefined: no response arrived. */
type Received = Answered | { readonly status: 'refused'; readonly code: string } | undefined;

interface Held {
  readonly reservationId: string;
  readonly seatIds: readonly string[];
  readonly fence: number;
  readonly expiresAtMs: number;
}

/** Buyers with their browsers, and the provider's webhooks: all requests from outside. */
export class Buyers {
  readonly #world: World;
  readonly #someWorker: () => SimulatedWorker;
  readonly #random: Random;
  readonly #scheduler: Scheduler;
  readonly #watch: Watch;
  readonly #unheard = new Set<string>();
  /** In some sales all buyers order until no seat is left. */
  readonly #isEager: boolean;
  readonly #isShared: boolean;
  readonly #scene: Scene;

  constructor(world: World, someWorker: () => SimulatedWorker, scene: Scene) {
    this.#scene = scene;
    this.#world = world;
    this.#someWorker = someWorker;
    this.#random = world.random;
    this.#scheduler = world.scheduler;
    this.#watch = world.watch;
    this.#isEager = this.#random.chance(0.3);
    this.#isShared = this.#random.chance(0.3);
    world.onProviderChange = (orderId) => void this.#tellOfChange(orderId);
  }

  /** Comes up to three times, orders some seats, and pays, waits, gives up or asks for a refund. */
  async shop(index: number): Promise<void> {
    const random = this.#random;
    // Several people or tabs with one account.
    const isRush = this.#scene === 'rush';
    const accounts = isRush ? 2 : this.#isShared ? 3 : buyerCount;
    const name = `buyer-${index % accounts}`;
    const firstKey = 10 * index;
    for (let attempt = firstKey; attempt < firstKey + (this.#isEager ? 4 : 2); attempt++) {
      await this.#scheduler.sleep(random.below(isRush ? 400 : random.pick([20_000, 600_000])));
      const body = this.#wish();
      if (random.chance(0.3)) void this.#reserve(name, attempt, body);
      const held = await this.#reserve(name, attempt, body);
      if (held === undefined) continue;
      if (this.#scene === 'end') {
        void this.#extend(name, held);
        await this.#takeOver(name, attempt, held);
      } else if (random.chance(0.4)) void this.#extend(name, held);
      if (random.chance(0.3)) void this.#takeOver(name, attempt, held);
      if (!this.#isEager && random.chance(0.2)) return;
      if (!this.#isEager && random.chance(0.1)) await this.#cancelHold(name, held);
      if (random.chance(0.15)) void this.#pay(name, held);
      const sold = await this.#pay(name, held);
      if (sold !== undefined && random.chance(0.3)) {
        await this.#scheduler.sleep(random.below(400_000));
        await this.#releaseAndRefund(name, held, sold);
      }
      if (random.chance(0.7)) return;
    }
  }

  /** Checks that no free seat is lost: a last buyer can order every unsold seat. */
  buyTheRest(): void {
    const sold = new Set(
      [...this.#watch.reservations()]
        .filter(({ state }) => state === 'confirmed')
        .flatMap(({ seatIds, givenBackSeatIds = [] }) =>
          seatIds.filter((seatId) => !givenBackSeatIds.includes(seatId)),
        ),
    );
    for (const [index, seatId] of seatIndex.seatIds.entries()) {
      if (sold.has(seatId)) continue;
      void this.#ask(
        'POST /api/v1/seats/reserve',
        this.#reservation(`last-${index}`, 0, { seatIds: [seatId] }),
        3,
      ).then((response) => {
        if (response?.status !== 200)
          this.#watch.violate('every seat is sold or free', `${seatId} ${JSON.stringify(response)}`);
      });
    }
  }

  /** Calls as a client does: it tries again if it gets UNAVAILABLE, or no response within half a minute. */
  async #ask(route: string, asked: Asked, tries: number): Promise<Received> {
    let response: Received;
    for (let attempt = 0; attempt < tries; attempt++) {
      response = await this.#askOnce(this.#someWorker(), route, asked);
      if (response !== undefined && !(response.status === 'refused' && response.code === 'UNAVAILABLE'))
        return response;
      await this.#scheduler.sleep(50 + this.#random.below(2000));
    }
    return response;
  }

  async #askOnce(worker: SimulatedWorker, route: string, asked: Asked): Promise<Received> {
    const answer = await Promise.race([
      worker.ask(route, asked).catch((error: unknown) => ({ error })),
      this.#scheduler.sleep(answerMsMax).then(() => undefined),
    ]);
    if (answer === undefined || !('error' in answer)) return answer;
    this.#watch.requireExpected(route, answer.error);
    return { status: 'refused', code: codeOf(answer.error) };
  }

  #wish(): object {
    const random = this.#random;
    const count = 1 + random.below(4);
    if (random.chance(0.2)) return { bestAvailable: { count: Math.min(count, 2) } };
    const all = seatIndex.seatIds;
    // Most buyers choose on the map first.
    const free = all.filter((seatId) => this.#watch.isFree(seatId));
    const seatIds = free.length > 0 && random.chance(0.6) ? free : all;
    const first = random.below(seatIds.length);
    const chosen = seatIds.slice(first, first + count);
    return { seatIds: random.chance(0.5) ? chosen : chosen.toReversed() };
  }

  #reservation(user: string, attempt: number, body: object): Asked {
    return { user, body, headers: { [eventHeader]: eventId, [idempotencyKeyHeader]: `attempt-${attempt}` } };
  }

  async #reserve(user: string, attempt: number, body: object): Promise<Held | undefined> {
    const response = await this.#ask('POST /api/v1/seats/reserve', this.#reservation(user, attempt, body), 3);
    if (response?.status !== 200) return undefined;
    const held = holdAnswerSchema.parse(response.body);
    const known = this.#watch.reservation(held.reservationId);
    if (known === undefined || known.state === 'claiming')
      this.#watch.violate('every returned reservation is stored', held.reservationId);
    return held.state === 'pending' ? held : undefined;
  }

  /** Extends a hold, often at the moment when another buyer sees it as expired, or just after. */
  async #extend(user: string, held: Held): Promise<void> {
    const [early, late] =
      this.#scene === 'end'
        ? [-100, 150]
        : this.#random.pick([
            [200, 400],
            [200, 4000],
          ] as const);
    await this.#scheduler.sleep(held.expiresAtMs - this.#scheduler.nowMs - early + this.#random.below(late));
    await this.#extendOnce(user, held);
  }

  async #extendOnce(user: string, { reservationId, fence }: Held): Promise<void> {
    const worker = this.#someWorker();
    const { process } = worker;
    const before = this.#watch.reservation(reservationId);
    const [offsetMs, startedMs] = [process.clockOffsetMs, process.nowMs()];
    const count = this.#watch.extensions.get(reservationId) ?? 0;
    const response = await this.#askOnce(worker, 'POST /api/v1/seats/extend', {
      user,
      body: { reservationId, fence },
    });
    const isSameClock = process.clockOffsetMs === offsetMs;
    const isMine = (this.#watch.extensions.get(reservationId) ?? 0) === count + 1;
    if (response?.status !== 200 || before === undefined || !isSameClock || !isMine) return;
    if (before.expiresAtMs <= startedMs)
      this.#watch.violate(
        'an expired hold is not extended',
        `${reservationId} ended ${before.expiresAtMs}, asked at ${startedMs}`,
      );
  }

  /** A rival that waits for the moment in which these seats become free. */
  async #takeOver(holder: string, attempt: number, held: Held): Promise<void> {
    const rival = `rival-of-${holder}`;
    const late = this.#scene === 'end' ? 60 : 400;
    await this.#scheduler.sleep(held.expiresAtMs - this.#scheduler.nowMs - 20 + this.#random.below(late));
    if (this.#scene !== 'end' && this.#random.chance(0.5)) void this.#extendOnce(holder, held);
    const taken = await this.#reserve(rival, attempt, { seatIds: held.seatIds });
    if (taken !== undefined && (this.#isEager || this.#random.chance(0.5))) await this.#pay(rival, taken);
  }

  async #cancelHold(user: string, { reservationId, fence }: Held): Promise<void> {
    // Another tab may have paid in the meantime; then the order is refunded.
    this.#watch.givenBack.add(reservationId);
    if (this.#random.chance(0.5))
      await this.#ask('POST /api/v1/seats/release', { user, body: { reservationId, fence } }, 2);
    else await this.#ask('POST /api/v1/reservations/:id/cancel', { user, params: { id: reservationId } }, 2);
  }

  /** Returns the order that was paid. A declined card is retried with the next order. */
  async #pay(user: string, held: Held): Promise<string | undefined> {
    const random = this.#random;
    const { reservationId, fence } = held;
    for (let card = 0; card < 3; card++) {
      const isOver = isDeadState(this.#watch.reservation(reservationId)?.state);
      const response = await this.#ask(
        'POST /api/v1/payments/prepare',
        { user, body: { reservationId, fence } },
        3,
      );
      if (response?.status !== 200) return undefined;
      if (isOver) this.#watch.violate('an ended reservation gets no order', reservationId);
      const { orderId, amountKrw } = prepareAnswerSchema.parse(response.body);
      // Some buyers stay on the provider's page until their hold ends.
      const dawdleMs = held.expiresAtMs - this.#scheduler.nowMs - 500 + random.below(1000);
      await this.#scheduler.sleep(random.chance(0.35) ? dawdleMs : random.below(60_000));
      const paymentKey = amountKrw === 0 ? freePaymentKey : this.#world.provider.approve(orderId, amountKrw);
      const body = { orderId, paymentKey, amountKrw, fence };
      await this.#cheat(user, body);
      if (random.chance(0.3)) void this.#confirm(user, body);
      const confirmed = await this.#confirm(user, body);
      if (confirmed?.status === 200) return orderId;
      if (confirmed?.status !== 'refused' || confirmed.code !== 'PAYMENT_DECLINED') return undefined;
    }
    return undefined;
  }

  /** Sometimes confirms with a wrong fence, amount or account, which must fail. */
  async #cheat(
    user: string,
    body: { orderId: string; paymentKey: string; amountKrw: number; fence: number },
  ) {
    const random = this.#random;
    if (!random.chance(0.1)) return;
    const [what, asked] = random.pick([
      ['fence', { user, body: { ...body, fence: body.fence + 1 } }],
      ['amount', { user, body: { ...body, amountKrw: body.amountKrw + 1 } }],
      ['account', { user: 'thief', body }],
    ] as const);
    const response = await this.#ask('POST /api/v1/payments/confirm', asked, 1);
    if (typeof response?.status === 'number')
      this.#watch.violate(`a payment with another ${what} is refused`, body.orderId);
  }

  async #confirm(user: string, body: { orderId: string }): Promise<Received> {
    let response: Received;
    for (let look = 0; look < 3; look++) {
      response = await this.#ask('POST /api/v1/payments/confirm', { user, body }, 2);
      if (response?.status === 202) await this.#scheduler.sleep(5000);
      else break;
    }
    if (response?.status === 200) this.#watch.saleWasReported(body.orderId);
    return response;
  }

  async #releaseAndRefund(user: string, { reservationId, seatIds }: Held, orderId: string): Promise<void> {
    const params = { id: reservationId, orderId };
    const cancel = (body?: { readonly seatIds: readonly string[] }) => {
      if (body === undefined) this.#watch.givenBack.add(reservationId);
      const single = this.#watch.givenBackSingly.get(reservationId) ?? new Set();
      this.#watch.givenBackSingly.set(reservationId, new Set([...single, ...(body?.seatIds ?? [])]));
      return this.#ask('POST /api/v1/reservations/:id/cancel', { user, params, body }, 3);
    };
    switch (this.#random.below(5)) {
      case 0:
        await cancel();
        return;
      case 1: {
        // Single seats, one after the other or two at once.
        const [first = '', ...others] = seatIds;
        if (others.length > 0 && this.#random.chance(0.3)) void cancel({ seatIds: others.slice(0, 1) });
        await cancel({ seatIds: [first] });
        if (this.#random.chance(0.3)) await cancel();
        return;
      }
      case 2:
        this.#watch.givenBack.add(reservationId);
        this.#world.provider.cancelAsOperator(orderId);
        return;
      default:
        this.#watch.givenBack.add(reservationId);
        await this.#ask('POST /api/v1/payments/:orderId/refund', { user, params }, 3);
    }
  }

  /** The provider's signed webhook: at once or late, sometimes twice, and repeated until a worker accepts it. */
  async #tellOfChange(orderId: string): Promise<void> {
    const random = this.#random;
    const { network } = this.#world;
    if (this.#scene === 'mute') {
      this.#unheard.add(orderId);
      return;
    }
    const isTwice = random.chance(0.1);
    for (let attempt = 0; attempt < webhookTriesMax; attempt++) {
      const isLate = network.strikes('lateWebhook', network.faults.lateWebhook);
      await this.#scheduler.sleep(isLate ? random.below(300_000) : 20 + random.below(200));
      if (isLate && random.chance(0.5)) continue;
      if (isTwice && attempt === 0) void this.#sendWebhook(orderId);
      if (await this.#sendWebhook(orderId)) return;
      await this.#scheduler.sleep(60_000 * 2 ** attempt);
    }
    this.#unheard.add(orderId);
  }

  /** A refund by an operator is reported only by its webhook, which the operator can send again. */
  tellAgain(): void {
    for (const orderId of this.#unheard)
      if (this.#world.provider.records.get(orderId)?.status === 'CANCELED') void this.#sendWebhook(orderId);
  }

  async #sendWebhook(orderId: string): Promise<boolean> {
    const time = new Date(this.#scheduler.nowMs).toISOString();
    const body = JSON.stringify({ eventType: 'PAYMENT_STATUS_CHANGED', createdAt: time, data: { orderId } });
    const headers = {
      [webhookHeaders.time]: time,
      [webhookHeaders.signature]: signWebhook(webhookSecret, body, time),
    };
    const response = await this.#askOnce(this.#someWorker(), 'POST /api/v1/payments/webhook', {
      headers,
      body,
    });
    return response?.status === 200;
  }
}

const isDeadState = (state: ReservationState | undefined) => state !== undefined && isDead(state);

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
