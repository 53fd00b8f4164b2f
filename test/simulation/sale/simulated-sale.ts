import { eventSchema } from '#contract/event.ts';
import { saleKeys } from '#contract/sale-keys.ts';
import { layoutSalesId } from '#contract/sale-tables.ts';
import { tableName } from '#contract/tables.ts';
import type { Telemetry } from '../../../functions/shared/telemetry.ts';
import { type Input, MemoryDynamodb } from '../servers/dynamodb.ts';
import { otherShapes, salesShapes } from '../servers/dynamodb-client.ts';
import { MemoryFifoQueue } from '../servers/fifo-queue.ts';
import { MemoryRedis } from '../servers/redis.ts';
import { MemoryToss, refused, type TossAnswer, type TossRecord } from '../servers/toss.ts';
import { CutConnection, type Network, Process } from './network.ts';
import type { Ambient, Program } from './program.ts';
import type { Due, Random, Scheduler } from './scheduler.ts';
import { environmentName, eventId, layout, providerUrl, salesTable, seatsPerOrder } from './setting.ts';
import { Watch } from './watch.ts';

const visibilityMs = 60_000;
/** Calls to the provider pause this many times as often as calls to a store. */
const providerSlowness = 5;

/** Receives all calls to the servers in order, so that real servers can be called in the same way. */
export interface Listener {
  readonly onCommand: (name: string, input: Input, answer: () => unknown) => unknown;
  readonly onScript: (call: ScriptCall, answer: () => unknown) => unknown;
  /** Another server responds from here on. */
  readonly onServer: (redis: MemoryRedis) => void;
}
interface ScriptCall {
  readonly redis: MemoryRedis;
  readonly nowMs: number;
  readonly lua: string;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** Everything outside URR's processes: the servers, the provider, and the watch. It outlives every process. */
export class World {
  readonly program: Program;
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly random: Random;
  readonly dynamodb: MemoryDynamodb;
  readonly queue: MemoryFifoQueue;
  readonly provider: MemoryToss;
  readonly watch: Watch;
  redis: MemoryRedis;
  /** True after the faults: from here on nothing may fail. */
  isCalm = false;
  /** Called when the provider reports a change of an order. */
  onProviderChange: (orderId: string) => void = () => {};
  readonly #listener: Listener | undefined;
  readonly #processes = new Map<string, Process>();
  #redisServers = 0;

  constructor(program: Program, scheduler: Scheduler, network: Network, random: Random, listener?: Listener) {
    this.#listener = listener;
    this.program = program;
    this.scheduler = scheduler;
    this.network = network;
    this.random = random;
    const nowMs = () => scheduler.nowMs;
    const isLagging = () => !this.isCalm && random.chance(0.15);
    this.dynamodb = new MemoryDynamodb({
      tables: { ...salesShapes(environmentName), ...otherShapes(environmentName) },
      nowMs,
      // A real server that runs in parallel has no lagging copies.
      lagMs: () => (listener !== undefined ? 0 : isLagging() ? random.below(20_000) : random.below(40)),
      pageItems: listener === undefined ? 25 : 1000,
    });
    this.queue = new MemoryFifoQueue(nowMs, visibilityMs);
    this.watch = new Watch(scheduler, this.dynamodb, program.code.UrrError);
    this.redis = this.#newRedis();
    this.provider = new MemoryToss({
      nowMs,
      isDeclined: (orderId) => Number.parseInt(orderId.slice(1, 3), 16) % 10 === 0,
      takenKrw: (orderId, amountKrw) =>
        Number.parseInt(orderId.slice(3, 6), 16) % 15 === 0 ? amountKrw - 10_000 : amountKrw,
      refusal: (kind, orderId) => this.#refusal(kind, orderId),
      onChange: (record) => this.#providerChanged(record),
    });
    this.watch.mayStillTake = (orderId) => this.provider.mayStillTake(orderId);
    program.ambient = this.#ambient();
    this.#putSale();
  }

  /** Runs a command for a process, at this instant. */
  runCommand(process: Process, name: string, input: Input): unknown {
    const run = () => this.dynamodb.run(name, input, (change) => this.watch.observe(process, change));
    return this.#listener === undefined ? run() : this.#listener.onCommand(name, input, run);
  }

  runScript(lua: string, keys: readonly string[], args: readonly (string | number)[]): unknown {
    const { redis } = this;
    const run = () => redis.run(lua, keys, args);
    const call = { redis, nowMs: this.scheduler.nowMs, lua, keys, args };
    return this.#listener === undefined ? run() : this.#listener.onScript(call, run);
  }

  /** Adds a process that the provider can call. */
  adopt(process: Process): void {
    this.#processes.set(process.name, process);
  }

  readonly telemetry: Telemetry = {
    info: () => {},
    warn: () => {},
    error: (message, error) => this.recordError(message, error),
    count: () => {},
    flush: () => {},
  };

  /** No operator edits items here. */
  readonly onUnreadable = (error: Error): void =>
    this.watch.violate('every stored item is readable', error.message);

  /** Records an error that the code caught and did not throw again. */
  recordError(message: string, error: unknown): void {
    if (this.isCalm)
      this.watch.violate('nothing fails after the faults have ended', `${message}: ${String(error)}`);
    else this.watch.requireExpected(message, error);
  }

  /** A promoted replica without the last writes, or an empty server. Both have another run id. */
  redisLoses(everything: boolean, keptShare: number): void {
    const { seats } = saleKeys(eventId);
    const fate = new Map<string, boolean>();
    const survives = (reservationId: string) => {
      const known = fate.get(reservationId) ?? this.random.chance(keptShare);
      fate.set(reservationId, known);
      return known;
    };
    const before = this.redis;
    this.redis = this.#newRedis();
    if (!everything) {
      this.redis = before.promoted(this.redis.runId, (key, field, value) => {
        if (key === seats) return survives(value.slice(value.lastIndexOf(':') + 1));
        return !field.startsWith('u.') || this.random.chance(keptShare);
      });
      const { sale } = saleKeys(eventId);
      const counter = Number(before.hash(sale).get('counter') ?? 0);
      if (counter > 0) this.redis.setField(sale, 'counter', String(Math.max(0, counter - 5)));
    }
    this.#listener?.onServer(this.redis);
    this.network.counts.redisLoss++;
    this.watch.note(`redis loses ${everything ? 'everything' : 'its tail'}`);
  }

  #newRedis(): MemoryRedis {
    this.#redisServers++;
    return new MemoryRedis(() => this.scheduler.nowMs, this.#redisServers.toString(16).padStart(40, 'a'));
  }

  /** The provider's temporary failure. The bank behind it may still take the money, a little later. */
  #refusal(kind: 'confirm' | 'cancel', orderId: string): TossAnswer | undefined {
    const { network, random, scheduler } = this;
    if (!network.strikes('refusedByProvider', network.faults.refusedByProvider)) return undefined;
    if (kind === 'confirm' && random.chance(0.3))
      scheduler.at(random.below(120_000), () => this.provider.captureLate(orderId));
    return random.chance(0.5)
      ? refused(500, 'FAILED_INTERNAL_SYSTEM_PROCESSING')
      : refused(400, kind === 'confirm' ? 'REJECT_CARD_COMPANY' : 'PROVIDER_ERROR');
  }

  #providerChanged({ orderId, status, balanceAmount }: TossRecord): void {
    this.watch.note(`provider: ${orderId} ${status} ${balanceAmount}`);
    this.onProviderChange(orderId);
  }

  /** Time, chance and network of the program under test, which never uses the machine's own. */
  #ambient(): Ambient {
    const { scheduler, random } = this;
    return {
      setTimeout: (run, delayMs, ...args) => scheduler.at(delayMs, () => run(...args)),
      clearTimeout: (timer) => {
        if (timer !== undefined) (timer as Due).isCancelled = true;
      },
      sleep: async (delayMs, value) => {
        await scheduler.sleep(delayMs);
        return value;
      },
      nowMs: () => scheduler.nowMs,
      random: () => random.next(),
      fetch: (url, init) => this.#fetch(url, init),
      timeoutSignal: (delayMs) => {
        const controller = new AbortController();
        scheduler.at(delayMs, () => controller.abort(new CutConnection()));
        return controller.signal;
      },
    };
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    const [, name = '', path = ''] = /^\/([^/]+)(\/.*)$/.exec(url.slice(providerUrl.length)) ?? [];
    const process = this.#processes.get(name);
    if (process === undefined) throw new Error(`nobody is called ${name}`);
    const key = new Headers(init.headers).get('idempotency-key');
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
    const answer = this.network.call(
      process,
      () => this.provider.handle(init.method ?? 'GET', path, key, body),
      providerSlowness,
    );
    const aborted = new Promise<never>((_, reject) => {
      init.signal?.addEventListener('abort', () => reject(new CutConnection()));
    });
    const { status, body: answered } = await Promise.race([answer, aborted]);
    return Response.json(answered, { status });
  }

  #putSale(): void {
    const nowIso = new Date(this.scheduler.nowMs - 3_600_000).toISOString();
    const event = eventSchema.parse({
      eventId,
      onSale: 'live',
      isActive: false,
      titleKo: '공연',
      titleEn: 'Show',
      seatsPerOrder,
      createdAt: nowIso,
      updatedAt: nowIso,
    });
    const put = (table: string, Item: Readonly<Record<string, unknown>>) =>
      this.runCommand(new Process('organizer', this.scheduler), 'PutCommand', { TableName: table, Item });
    put(tableName(environmentName, 'events'), event);
    put(salesTable('sales'), { salesId: layoutSalesId(eventId), ...layout });
    // The items are older than every cache.
    this.scheduler.nowMs += 60_000;
  }
}
