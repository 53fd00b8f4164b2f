import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { salesTableName, seatKey } from '#contract/sale-tables.ts';
import { sweepOverdue } from '#core/sale/expire.ts';
import { reconcilePayments } from '#core/sale/reconcile.ts';
import { reserve } from '#core/sale/reserve.ts';
import { rebuildSeatHints, repairSeatHints } from '#core/sale/seat-hints.ts';
import { startSandbox } from '#local/payments/sandbox.ts';
import { portsOf } from '../../../functions/seat-lock/deps.ts';
import { defaultTimings } from '../../../functions/seat-lock/policy.ts';
import { createIdentities } from '../access/identities.ts';
import { seededRandom } from '../random.ts';
import { startDynamodb } from '../servers/dynamodb.ts';
import { startRedisPair } from '../servers/redis-pair.ts';
import { until } from '../time/patience.ts';
import { type SeatSettings, seatDeps } from './seat-deps.ts';
import { createSalesTables } from './tables.ts';

export interface ContestOrders {
  readonly settings: SeatSettings;
  readonly eventId: string;
  readonly seats: number;
  readonly buyers: number;
  readonly seed: number;
}

export interface ContestTally {
  holds: number;
  taken: number;
  reserved: number;
  bought: number;
  refunded: number;
  errors: number;
}

export interface ContestReport extends ContestTally {
  readonly kills: number;
  readonly failOvers: number;
  readonly seconds: number;
  readonly seats: number;
  /** Seats at rest, as durable storage says. */
  readonly sold: number;
  readonly free: number;
  /** Seats that two confirmed reservations own. */
  readonly doubleSales: number;
  /** Seats that are neither sold nor to be had. */
  readonly leaked: number;
  /** Orders whose money and reservation do not agree. */
  readonly moneyWrong: number;
  /** Seats that Redis shows otherwise than durable storage, after it was compared once. */
  readonly shownWrong: number;
}

export interface ContestOptions {
  readonly holds: number;
  readonly workers: number;
  readonly buyersPerWorker: number;
  readonly seats: number;
  readonly seed: number;
  /** Replication lag: what a failover loses. */
  readonly lagMs: number;
  readonly killEveryMs: number;
  readonly failOverEveryMs: number;
  /** It ends then, unless it has not been enough of a contest yet: a slow machine takes longer. */
  readonly secondsMax: number;
  readonly atLeast: Readonly<Record<'taken' | 'bought' | 'kills' | 'failOvers', number>>;
  onProgress?(line: string): void;
}

/** Short, so that many holds expire. */
const holdMsMin = 1_500;
/** Reservations between two kills at least. */
const reservedPerKill = 20;
const secretKey = 'test_sk_sandbox';

/**
 * Processes that contend for the same few seats while they are killed at random and Redis fails over to a replica that
 * lags; then everything comes to rest, and every seat and every coin is accounted for.
 */
export async function runContest(options: ContestOptions): Promise<ContestReport> {
  const [pair, dynamodb, sandbox, identities] = await Promise.all([
    startRedisPair(options.lagMs),
    startDynamodb(),
    startSandbox({ secretKey }),
    createIdentities(),
  ]);
  const environmentName = `c${randomUUID().slice(0, 8)}`;
  await createSalesTables(dynamodb.client, environmentName);
  const settings: SeatSettings = {
    redis: { host: pair.host, port: pair.port },
    dynamodbUrl: dynamodb.url,
    environmentName,
    sqsUrl: 'http://127.0.0.1:9',
    queueUrl: 'http://127.0.0.1:9/none',
    keys: identities.keys,
    payments: { url: sandbox.url, secretKey, webhookSecret: 'hook', timeoutMs: 2_000 },
    timings: timings(holdMsMin),
  };
  const eventId = 'contest';
  const crew = new Crew(options, settings, eventId);
  const made = seatDeps(settings);
  try {
    const startedMs = performance.now();
    let failOvers = 0;
    await crew.start();
    const random = seededRandom(options.seed);
    let killAtMs = options.killEveryMs;
    let failAtMs = options.failOverEveryMs;
    let sayAtMs = 10_000;
    let reservedBefore = 0;
    let reservedAtKill = 0;
    let holdMs = holdMsMin;
    let boughtBefore = 0;
    let paceAtMs = 10 * holdMs;
    for (;;) {
      await sleep(50);
      const ranMs = performance.now() - startedMs;
      const tally = crew.tally();
      const { taken, bought, kills, failOvers: failed } = options.atLeast;
      const isContest =
        tally.taken >= taken && tally.bought >= bought && crew.kills >= kills && failOvers >= failed;
      if (isContest && (tally.holds >= options.holds || ranMs > options.secondsMax * 1000)) break;
      // A process that is killed before it has done anything only costs time, on a busy machine most of it.
      const hasProgress = tally.reserved >= reservedAtKill + reservedPerKill;
      if (ranMs > killAtMs && hasProgress && (await crew.killOne(random))) {
        reservedAtKill = tally.reserved;
        killAtMs = ranMs + options.killEveryMs * (0.5 + random());
      }
      if (ranMs > failAtMs && tally.reserved > reservedBefore) {
        await pair.failOver();
        failOvers++;
        reservedBefore = tally.reserved;
        failAtMs = ranMs + options.failOverEveryMs * (0.5 + random());
      }
      // On a busy machine each hold would expire before it is paid.
      if (ranMs > paceAtMs) {
        if (tally.bought === boughtBefore) {
          holdMs *= 2;
          await crew.restart(holdMs);
        }
        boughtBefore = tally.bought;
        paceAtMs = ranMs + 10 * holdMs;
      }
      if (ranMs > sayAtMs) {
        options.onProgress?.(JSON.stringify({ seconds: Math.round(ranMs / 1000), ...crew.tally() }));
        sayAtMs += 10_000;
      }
    }
    await crew.stop();
    const seconds = (performance.now() - startedMs) / 1000;

    const ports = portsOf(made.deps);
    await comeToRest(ports);
    const seatIds = Array.from({ length: options.seats }, (_, index) => `A-1-${index + 1}`);
    const all = async <T>(table: 'reservations' | 'payments' | 'seats', schema: z.ZodType<T>) =>
      scan(dynamodb.documents, salesTableName(environmentName, table), schema);
    const reservations = await all('reservations', reservationSchema);
    const payments = await all('payments', paymentSchema);
    const owners = new Map(
      (await all('seats', ownerSchema)).map((seat) => [seat.seatKey, seat.reservationId]),
    );

    const soldBy = new Map<string, string[]>();
    for (const { reservationId, state, seatIds: own } of reservations) {
      if (state !== 'confirmed') continue;
      for (const seatId of own) soldBy.set(seatId, [...(soldBy.get(seatId) ?? []), reservationId]);
    }
    const doubleSales = [...soldBy].filter(
      ([seatId, by]) => by.length > 1 || owners.get(seatKey(eventId, seatId)) !== by[0],
    ).length;
    const states = new Map(reservations.map((one) => [one.reservationId, one]));
    const moneyWrong = payments.filter(({ orderId, reservationId, amountKrw }) => {
      const reservation = states.get(reservationId);
      const isBought = reservation?.state === 'confirmed' && reservation.orderId === orderId;
      return sandbox.keptKrw(orderId) !== (isBought ? amountKrw : 0);
    }).length;

    const hints = {
      clock: ports.clock,
      hints: made.deps.holds,
      reservations: made.deps.reservations,
      seats: made.deps.seats,
      workerId: 'end',
    };
    await rebuildSeatHints(hints, eventId, seatIds);
    await repairSeatHints(hints, eventId, seatIds);
    // A process that was killed between hold and record leaves a hold that ends by itself.
    const { digits } = await until(
      () => made.deps.holds.snapshot(eventId, seatIds),
      ({ digits }) => !digits.includes('1'),
    );
    const shownWrong = seatIds.filter(
      (seatId, index) => digits[index] !== (soldBy.has(seatId) ? '2' : '0'),
    ).length;

    // Whoever comes last can have every seat that was not sold, and none that was.
    let free = 0;
    let sold = 0;
    for (const seatId of seatIds) {
      const last = await reserve(ports, {
        reservationId: randomUUID(),
        requestHash: 'h'.repeat(43),
        eventId,
        userId: randomUUID(),
        seatIds: [seatId],
        seatAmountsKrw: [50_000],
        seatsPerAccount: 4,
        terms: {},
        holdMs: 60_000,
        holdMsMax: 60_000,
      });
      if (last.outcome === 'reserved' && !soldBy.has(seatId)) free++;
      if (last.outcome === 'taken' && soldBy.has(seatId)) sold++;
    }
    const leaked = options.seats - free - sold;
    const kills = crew.kills;
    const ran = { kills, failOvers, seconds, seats: options.seats };
    return { ...crew.tally(), ...ran, sold, free, doubleSales, leaked, moneyWrong, shownWrong };
  } finally {
    await crew.stop();
    made.close();
    await Promise.all([pair.stop(), dynamodb.stop(), sandbox.stop()]);
  }
}

const timings = (holdMs: number) => ({ ...defaultTimings, holdMs, holdMsMax: 2 * holdMs });

/** No more faults: the sweeper and the reconciler run out. */
async function comeToRest(ports: ReturnType<typeof portsOf>): Promise<void> {
  const onError = () => undefined;
  // An hour on, every hold is over and every payment's turn has come.
  const later = { ...ports, clock: { nowMs: () => Date.now() + 3_600_000 } };
  for (let round = 0; round < 100; round++) {
    const expired = await sweepOverdue(later, { limit: 500, concurrency: 8, onError });
    let finished = 0;
    for (const dueClass of ['owing', 'undecided'] as const)
      finished += await reconcilePayments(later, { dueClass, limit: 500, onError });
    if (expired === 0 && finished === 0) return;
  }
}

const reservationSchema = z.object({
  reservationId: z.string(),
  state: z.string(),
  seatIds: z.array(z.string()),
  orderId: z.string().optional(),
});
const paymentSchema = z.object({ orderId: z.string(), reservationId: z.string(), amountKrw: z.number() });
const ownerSchema = z.object({ seatKey: z.string(), reservationId: z.string() });

async function scan<T>(client: DynamoDBDocumentClient, table: string, schema: z.ZodType<T>): Promise<T[]> {
  const items: T[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: table, ...(start === undefined ? {} : { ExclusiveStartKey: start }) }),
    );
    items.push(...(page.Items ?? []).map((item) => schema.parse(item)));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return items;
}

/** The worker processes. */
class Crew {
  readonly #options: ContestOptions;
  #settings: SeatSettings;
  readonly #eventId: string;
  readonly #children: ChildProcess[] = [];
  /** Last word of every process that ever was. */
  readonly #tallies = new Map<ChildProcess, ContestTally>();
  #started = 0;
  kills = 0;

  constructor(options: ContestOptions, settings: SeatSettings, eventId: string) {
    this.#options = options;
    this.#settings = settings;
    this.#eventId = eventId;
  }

  async start(): Promise<void> {
    for (let index = 0; index < this.#options.workers; index++) this.#children.push(this.#spawn());
  }

  #spawn(): ChildProcess {
    const child = fork(fileURLToPath(new URL('./contest-child.ts', import.meta.url)), [], {
      env: { PATH: process.env.PATH ?? '' },
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#started++;
    const { seats, buyersPerWorker: buyers, seed } = this.#options;
    child.send({
      settings: this.#settings,
      eventId: this.#eventId,
      seats,
      buyers,
      seed: seed * 1_000 + this.#started,
    } satisfies ContestOrders);
    child.on('message', (tally) => this.#tallies.set(child, tallySchema.parse(tally)));
    return child;
  }

  /** Kills a random worker if it has already worked, because it may still be starting. Returns whether it did. */
  async killOne(random: () => number): Promise<boolean> {
    const index = Math.floor(random() * this.#children.length);
    const child = this.#children[index];
    if (child === undefined || (this.#tallies.get(child)?.reserved ?? 0) === 0) return false;
    await end(child);
    this.kills++;
    this.#children[index] = this.#spawn();
    return true;
  }

  async restart(holdMs: number): Promise<void> {
    this.#settings = { ...this.#settings, timings: timings(holdMs) };
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.splice(0).map(end));
  }

  tally(): ContestTally {
    const sum: ContestTally = { holds: 0, taken: 0, reserved: 0, bought: 0, refunded: 0, errors: 0 };
    for (const tally of this.#tallies.values())
      for (const name of Object.keys(sum) as (keyof ContestTally)[]) sum[name] += tally[name];
    return sum;
  }
}

const count = z.int().min(0);
const tallySchema = z.strictObject({
  holds: count,
  taken: count,
  reserved: count,
  bought: count,
  refunded: count,
  errors: count,
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
