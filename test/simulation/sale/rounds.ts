import { salesTables } from '#contract/sale-tables.ts';
import { tableName } from '#contract/tables.ts';
import type { Process } from './network.ts';
import { environmentName, salesTable } from './setting.ts';
import type { World } from './simulated-sale.ts';
import { documentClient, everyMs, type SimulatedWorker } from './worker.ts';

/** Longer than a sale with its slowest buyers. */
const roundsMs = 5_400_000;
const consumeMs = 90_000;
const batchesMax = 20;

/** The periodic work of workers and the consumer. Each run is on one worker, which may die during it. */
export class Rounds {
  untilMs: number;
  readonly #world: World;
  readonly #someWorker: () => SimulatedWorker;
  readonly #newProcess: (kind: string) => Process;
  /** Most rounds would have nothing to do. They change nothing, so they are skipped. */
  readonly #isDue: ReadonlyMap<number, (nowMs: number) => boolean>;
  #counter: Process | undefined;

  constructor(world: World, someWorker: () => SimulatedWorker, newProcess: (kind: string) => Process) {
    this.#world = world;
    this.#someWorker = someWorker;
    this.#newProcess = newProcess;
    this.untilMs = world.scheduler.nowMs + roundsMs;
    this.#isDue = new Map([
      [everyMs.sweep, this.#hasDue('reservations', 'openReservations')],
      [everyMs.reconcile, this.#hasDue('payments', 'duePayments')],
      [everyMs.publish, this.#hasUnpublished()],
    ]);
  }

  start(): void {
    for (const [index, { everyMs: roundMs }] of this.#someWorker().rounds.entries())
      void this.#keepRunning(roundMs, this.#isDue.get(roundMs) ?? (() => true), () =>
        this.#someWorker().round(index),
      );
    void this.#keepRunning(
      consumeMs,
      () => this.#world.queue.length > 0,
      () => this.#consume(),
    );
  }

  /** Runs each round once, now. */
  all(): void {
    const worker = this.#someWorker();
    const { scheduler } = this.#world;
    const inTurn = async () => {
      for (const [index, { everyMs: roundMs }] of worker.rounds.entries()) {
        if (this.#isDue.get(roundMs)?.(scheduler.nowMs) === false) continue;
        await worker.round(index);
        // A seat map is cached for half a second.
        await scheduler.sleep(1000);
      }
      for (let batch = 0; batch < batchesMax && this.#world.queue.length > 0; batch++) await this.#consume();
    };
    void inTurn().catch((error: unknown) => this.#world.recordError('a round', error));
  }

  async #keepRunning(
    roundMs: number,
    isDue: (nowMs: number) => boolean,
    work: () => Promise<unknown>,
  ): Promise<void> {
    const { scheduler } = this.#world;
    while (scheduler.nowMs < this.untilMs) {
      await scheduler.sleep(roundMs);
      if (!isDue(scheduler.nowMs)) continue;
      // A round whose worker dies or hangs does not stop the next one.
      const failed = (error: unknown) => this.#world.watch.requireExpected('a round', error);
      await Promise.race([work().catch(failed), scheduler.sleep(roundMs)]);
    }
  }

  #hasDue(table: keyof typeof salesTables, indexName: string): (nowMs: number) => boolean {
    const indexes: readonly { name: string; partitionKey: string; sortKey: string }[] =
      salesTables[table].indexes;
    const index = indexes.find(({ name }) => name === indexName);
    if (index === undefined) throw new Error(`there is no index ${indexName}`);
    const { partitionKey, sortKey } = index;
    return (nowMs) => {
      for (const item of this.#world.dynamodb.items(salesTable(table)).values())
        if (item[partitionKey] !== undefined && Number(item[sortKey]) <= nowMs) return true;
      return false;
    };
  }

  #hasUnpublished(): (nowMs: number) => boolean {
    const reservations = this.#hasDue('reservations', 'unpublishedReservations');
    const payments = this.#hasDue('payments', 'unpublishedPayments');
    return (nowMs) => reservations(nowMs) || payments(nowMs);
  }

  /** Passes one batch of the queue to URR's consumer. If it dies, the next one gets the batch. */
  async #consume(): Promise<void> {
    const { onUnreadable, program, queue, telemetry } = this.#world;
    if (this.#counter === undefined || !this.#counter.alive) this.#counter = this.#newProcess('counter');
    const counter = this.#counter;
    const documents = documentClient(this.#world, counter);
    const statistics = program.code.createSaleStatistics(
      documents,
      tableName(environmentName, 'stats'),
      onUnreadable,
    );
    const handler = program.code.makeCountingHandler({ statistics, telemetry });
    const messages = queue.receive();
    if (messages.length === 0) return;
    const attributes = {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: 'sim',
      ApproximateFirstReceiveTimestamp: '0',
    };
    const answer = await handler({
      Records: messages.map(({ messageId, group, body }) => ({
        messageId,
        receiptHandle: messageId,
        body,
        attributes: { ...attributes, MessageGroupId: group },
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:0:queue',
        awsRegion: 'us-east-1',
      })),
    });
    queue.answer(messages, new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)));
  }
}
