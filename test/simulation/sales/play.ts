import { holdSeconds, holdSecondsMax, type Payment } from '#contract/sales.ts';
import { UrrError } from '#core/errors.ts';
import { extendedEnd } from '#core/sales/reservation.ts';
import type { ReserveOutcome } from '#core/sales/reserve.ts';
import { type FaultCounts, Network, noFaults, Process } from './network.ts';
import * as realRules from './rules.ts';
import { Random, Scheduler } from './scheduler.ts';
import { type Mutant, seatsPerAccountOf, type Violation, World } from './world.ts';

export interface Played {
  readonly seed: number;
  readonly operations: number;
  readonly faults: FaultCounts;
  readonly sold: number;
  readonly refunded: number;
  readonly violations: readonly Violation[];
  readonly history: readonly string[];
}

const dueClasses = ['owing', 'undecided'] as const;
const eventId = 'sale';
const seatCount = 10;
const buyerCount = 10;
const seatIds = Array.from({ length: seatCount }, (_, index) => `A-1-${index + 1}`);
/** More than any honest run needs; a run that does not come to rest by then is a violation itself. */
const eventsMax = 40_000;

/**
 * Plays one sale: ten buyers contend for ten seats on three workers that crash, pause and misread the clock, while Redis
 * forgets and answers get lost. Then all faults stop, the sweeper and the reconciler run out, and a last buyer takes
 * what is free: every seat must be sold or free.
 */
export async function play(
  seed: number,
  options: { mutant?: Mutant; rules?: typeof realRules } = {},
): Promise<Played> {
  const { mutant, rules = realRules } = options;
  const { confirmPayment, reconcilePayments, refundPayment, reserve, sweepOverdue } = rules;
  const random = new Random(seed);
  const scheduler = new Scheduler();
  const intensity = random.below(4);
  const network = new Network(scheduler, random, {
    lostAnswer: 0.02 * intensity,
    lostRequest: 0.01 * intensity,
    repeated: 0.02 * intensity,
    pause: 0.005 * intensity,
    // Shorter than a hold, longer, and longer than any extension; always shorter than the provider's session.
    pausesMs: [1000, holdSeconds * 1000, holdSecondsMax * 2000],
    crash: 0.005 * intensity,
  });
  const world = new World(scheduler, network, mutant);
  const workers = [0, 1, 2].map((index) => new Process(`worker-${index}`));
  const background = { until: scheduler.nowMs + 3_600_000 };

  const portsOf = (process: Process) => ({
    clock: { nowMs: () => scheduler.nowMs + process.clockOffsetMs },
    holds: world.holdStore(process),
    payments: world.paymentStore(process),
    provider: world.paymentProvider(process),
    reservations: world.reservationStore(process),
    seats: world.seatStore(process),
    accountSeats: world.accountSeatStore(process),
    pace: { firstMs: 10_000, retryMs: 45_000, retryMsMax: 240_000 },
    random: () => random.next(),
  });
  /** A load balancer's view: some worker that lives; a dead one is replaced. */
  const someWorker = (): Process => {
    const index = random.below(workers.length);
    const worker = workers[index];
    if (worker?.alive) return worker;
    const next = new Process(`worker-${index}`);
    workers[index] = next;
    return next;
  };
  /** Calls as a client does: it hears an answer, an error, or nothing for half a minute, and tries again. */
  const asClient = async <T>(
    call: (process: Process) => Promise<T>,
    tries: number,
  ): Promise<T | undefined> => {
    for (let attempt = 0; attempt < tries; attempt++) {
      const answer = await Promise.race([
        call(someWorker()).then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        ),
        scheduler.sleep(30_000).then(() => undefined),
      ]);
      if (answer === undefined) continue;
      if ('value' in answer) return answer.value;
      if (!(answer.error instanceof UrrError)) {
        world.violate('nothing breaks but by a planted fault', String(answer.error));
        return undefined;
      }
      await scheduler.sleep(50 + random.below(2000));
    }
    return undefined;
  };
  const reserveAs = (buyer: string, wanted: readonly string[], attempt: number) =>
    asClient<ReserveOutcome>(
      (process) =>
        reserve(portsOf(process), {
          reservationId: `${buyer}.${attempt}`,
          requestHash: wanted.join(),
          eventId,
          userId: buyer,
          seatIds: wanted,
          seatAmountsKrw: wanted.map(() => 100_000),
          seatsPerAccount: seatsPerAccountOf(buyer),
          terms: {},
          holdMs: holdSeconds * 1000,
          holdMsMax: holdSecondsMax * 1000,
        }),
      3,
    );

  /** The end of a hold is moved, often in the very moment somebody else takes it for over. */
  const extend = async (
    reservationId: string,
    fence: number,
    expiresAtMs: number,
    expiresAtMaxMs: number,
  ) => {
    await scheduler.sleep(expiresAtMs - scheduler.nowMs - 200 + random.below(400));
    const end = extendedEnd({ expiresAtMs, expiresAtMaxMs }, scheduler.nowMs, holdSeconds * 1000);
    await asClient((process) => world.reservationStore(process).extend(reservationId, fence, end), 2);
  };

  const pay = async (
    buyer: string,
    reservationId: string,
    fence: number,
    amountKrw: number,
    order: number,
  ) => {
    const orderId = `order-${reservationId}-${order}`;
    const nowMs = scheduler.nowMs;
    const payment: Payment = {
      orderId,
      reservationId,
      eventId,
      userId: buyer,
      amountKrw,
      fence,
      state: 'prepared',
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      version: 1,
    };
    await asClient((process) => world.paymentStore(process).create(payment), 3);
    // Some buyers dawdle on the provider's page until their time is over.
    await scheduler.sleep(
      random.chance(0.2) ? holdSeconds * 1000 - 500 + random.below(1000) : random.below(60_000),
    );
    world.approvedAtMs.set(orderId, scheduler.nowMs);
    // Somebody tries with a fence that is not theirs.
    const presented = random.chance(0.05) ? fence + 1 : fence;
    const confirm = () =>
      asClient(async (process) => {
        const paymentKey = `key-${orderId}`;
        const confirmed = await confirmPayment(portsOf(process), {
          orderId,
          userId: buyer,
          paymentKey,
          amountKrw,
          fence: presented,
        });
        if (confirmed.outcome === 'confirmed' && presented !== fence) {
          world.violate('only the holder of the fence buys', orderId);
        }
        return confirmed;
      }, 4);
    if (random.chance(0.3)) void confirm();
    return { orderId, outcome: await confirm() };
  };

  const buyer = async (name: string) => {
    for (let attempt = 0; attempt < 3; attempt++) {
      await scheduler.sleep(random.below(random.pick([20_000, 600_000])));
      const first = random.below(seatCount);
      const wanted = seatIds.slice(first, first + 1 + random.below(4));
      if (random.chance(0.3)) void reserveAs(name, wanted, attempt);
      const got = await reserveAs(name, wanted, attempt);
      if (got?.outcome !== 'reserved') continue;
      const { reservationId, fence, amountKrw } = got.reservation;
      if (random.chance(0.1)) return;
      if (random.chance(0.3)) {
        const { expiresAtMs, expiresAtMaxMs } = got.reservation;
        void extend(reservationId, fence, expiresAtMs, expiresAtMaxMs);
      }
      if (random.chance(0.1)) {
        await asClient(
          (process) =>
            portsOf(process).reservations.move({ reservationId, from: ['pending'], to: 'cancelled' }),
          2,
        );
      }
      // Two tabs, two orders: the second must not be charged, or be paid back.
      if (random.chance(0.15)) void pay(name, reservationId, fence, amountKrw, 2);
      const paid = await pay(name, reservationId, fence, amountKrw, 1);
      if (paid.outcome?.outcome === 'confirmed' && random.chance(0.2)) {
        await asClient(
          (process) => refundPayment(portsOf(process), { orderId: paid.orderId, userId: name }),
          3,
        );
      }
      if (random.chance(0.7)) return;
    }
  };

  const onError = () => {};
  const keepRunning = async (everyMs: number, work: (process: Process) => Promise<unknown>) => {
    while (scheduler.nowMs < background.until) {
      await scheduler.sleep(everyMs);
      // A round whose worker died or hangs does not stop the next one.
      await Promise.race([work(someWorker()).catch(onError), scheduler.sleep(everyMs)]);
    }
  };
  const sweep = (process: Process) => sweepOverdue(portsOf(process), { limit: 20, onError });
  const reconcile = (process: Process) =>
    Promise.all(
      dueClasses.map((dueClass) => reconcilePayments(portsOf(process), { dueClass, limit: 20, onError })),
    );

  const trouble = async () => {
    for (let round = 0; round < intensity * 4; round++) {
      await scheduler.sleep(random.below(120_000));
      if (random.chance(0.5)) {
        const keeps = random.next();
        world.redisLoses(random.chance(0.4), () => random.chance(keeps));
      } else {
        const worker = random.pick(workers);
        worker.clockOffsetMs = random.pick([-400_000, -2000, 0, 2000, 400_000]);
        network.counts.clockStep++;
      }
    }
  };

  for (let index = 0; index < buyerCount; index++) void buyer(`buyer-${index}`);
  void keepRunning(30_000, sweep);
  void keepRunning(20_000, reconcile);
  void trouble();
  if (!(await scheduler.run(eventsMax))) world.violate('a run comes to rest', `after ${eventsMax} events`);

  await settle();
  world.checkRest();
  await buyTheRest();
  const confirmed = [...world.reservations.values()].filter(({ state }) => state === 'confirmed');
  return {
    seed,
    operations: network.operations,
    faults: network.counts,
    sold: confirmed.reduce((sum, { seatIds: seats }) => sum + seats.length, 0),
    refunded: [...world.payments.values()].filter(({ state }) => state === 'refunded').length,
    violations: world.violations,
    history: world.history,
  };

  /** Faults stop; honest clocks; sweeper and reconciler get the time they need. */
  async function settle(): Promise<void> {
    network.faults = noFaults;
    for (const [index] of workers.entries()) workers[index] = new Process(`worker-${index}`);
    for (let round = 0; round < 4; round++) {
      scheduler.nowMs += 3_600_000;
      const process = someWorker();
      void sweepOverdue(portsOf(process), { limit: 1000, onError });
      for (const dueClass of dueClasses)
        void reconcilePayments(portsOf(process), { dueClass, limit: 1000, onError });
      await scheduler.run(eventsMax);
    }
  }

  /** No under-sell: whoever comes last can have every seat that was not sold. */
  async function buyTheRest(): Promise<void> {
    const soldSeats = new Set(
      [...world.reservations.values()]
        .filter(({ state }) => state === 'confirmed')
        .flatMap(({ seatIds: seats }) => seats),
    );
    for (const seatId of seatIds.filter((seat) => !soldSeats.has(seat))) {
      let got: ReserveOutcome | undefined;
      void reserveAs('last', [seatId], seatIds.indexOf(seatId)).then((outcome) => {
        got = outcome;
      });
      await scheduler.run(eventsMax);
      if (got?.outcome !== 'reserved')
        world.violate('every seat is sold or free', `${seatId} ${got?.outcome}`);
    }
  }
}
