import { seatStatusesSchema } from '#contract/sale-http.ts';
import { saleKeys } from '#contract/sale-keys.ts';
import { salesTables } from '#contract/sale-tables.ts';
import { tableName } from '#contract/tables.ts';
import { isUnsettled } from '#core/sale/payment-life.ts';
import { isDead } from '#core/sale/reservation.ts';
import { environmentName, eventId, salesTable, seatIndex } from './setting.ts';
import type { World } from './simulated-sale.ts';
import { owned, paymentOf, priceOf, type Watch } from './watch.ts';
import { documentClient, type SimulatedWorker } from './worker.ts';

/** Checks what must be true when no work is left. */
export async function checkRest(
  world: World,
  worker: SimulatedWorker,
  run: () => Promise<boolean>,
): Promise<void> {
  const { watch } = world;
  checkMoney(world);
  checkReservations(watch);
  checkIndexes(world);
  checkHints(world);
  if (world.queue.length > 0)
    watch.violate('the statistics receive every message', `${world.queue.length} messages wait`);
  const looked = Promise.all([checkStatistics(world, worker), checkShown(world, worker)]).catch(
    (error: unknown) => world.recordError('the final check', error),
  );
  await run();
  await looked;
}

function checkMoney({ dynamodb, provider, watch }: World): void {
  const items = dynamodb.items(salesTable('payments'));
  for (const item of items.values()) {
    const { orderId, reservationId, state } = paymentOf(item);
    const reservation = watch.reservation(reservationId);
    const isBought = reservation?.state === 'confirmed' && reservation.orderId === orderId;
    const price = isBought && reservation !== undefined ? priceOf(owned(reservation)) : 0;
    const keptKrw = provider.keptKrw(orderId);
    if (isUnsettled(state)) watch.violate('every payment is settled', `${orderId} ${state}`);
    if (keptKrw !== price)
      watch.violate(
        'money and reservation agree',
        `${orderId} ${state} kept ${keptKrw}, bought for ${price}`,
      );
  }
  for (const orderId of provider.records.keys())
    if (!items.has(orderId)) watch.violate('every charge has an order', orderId);
}

function checkReservations(watch: Watch): void {
  for (const reservation of watch.reservations()) {
    const { reservationId, state } = reservation;
    if (state === 'claiming' || state === 'pending')
      watch.violate('every reservation is decided', `${reservationId} ${state}`);
    if (state === 'confirmed') watch.checkSale(reservation);
  }
  for (const [reservationId, orderId] of watch.toldSold) {
    const reservation = watch.reservation(reservationId);
    const isThere = reservation?.state === 'confirmed' && reservation.orderId === orderId;
    if (!isThere && !watch.mayLose(reservationId, reservation?.seatIds ?? []))
      watch.violate('every sale that a buyer saw exists', `${reservationId} ${reservation?.state}`);
  }
}

/** The work indexes are empty, and the index of owners contains exactly the owners. */
function checkIndexes({ dynamodb, watch }: World): void {
  for (const table of ['reservations', 'payments'] as const) {
    for (const [key, item] of dynamodb.items(salesTable(table))) {
      for (const { name, partitionKey } of salesTables[table].indexes) {
        if (name === 'reservationsOfUser') continue;
        const isIn = item[partitionKey] !== undefined;
        const isOwner = name === 'owningReservations' && item.state === 'confirmed';
        if (isIn !== isOwner)
          watch.violate('an index contains exactly its items', `${key} ${item.state} in ${name}: ${isIn}`);
      }
    }
  }
}

/** Redis shows every sale, and no free seat as taken. */
function checkHints({ redis, watch }: World): void {
  const shown = redis.hash(saleKeys(eventId).seats);
  const sold = soldSeats(watch);
  for (const seatId of seatIndex.seatIds) {
    const [ends, , reservationId] = shown.get(seatId)?.split(':') ?? [];
    const owner = sold.get(seatId);
    if (owner !== undefined && (ends !== '0' || reservationId !== owner))
      watch.violate('Redis comes to show every sale', `${seatId} of ${owner}: ${shown.get(seatId)}`);
    const holder = reservationId === undefined ? undefined : watch.reservation(reservationId);
    if (owner === undefined && holder !== undefined && isDead(holder.state))
      watch.violate('Redis releases every ended seat', `${seatId}: ${shown.get(seatId)}`);
  }
}

const soldSeats = (watch: Watch): ReadonlyMap<string, string> =>
  new Map(
    [...watch.reservations()]
      .filter(({ state }) => state === 'confirmed')
      .flatMap((reservation) =>
        owned(reservation).map((seatId) => [seatId, reservation.reservationId] as const),
      ),
  );

async function checkShown({ dynamodb, watch }: World, worker: SimulatedWorker): Promise<void> {
  const asked = { user: 'last', params: { eventId } };
  const { body } = await worker.ask('GET /api/v1/seats/events/:eventId', asked);
  const { sections } = seatStatusesSchema.parse(JSON.parse(String(body)));
  const digits = seatIndex.sections.map(({ section }) => sections[section.id]).join('');
  const sold = soldSeats(watch);
  const expected = seatIndex.seatIds.map((seatId) => (sold.has(seatId) ? '2' : '0')).join('');
  if (digits !== expected) watch.violate('the map shows the stored states', `${digits}, not ${expected}`);
  const event = dynamodb.items(tableName(environmentName, 'events')).get(eventId);
  const isFull = sold.size === seatIndex.seatIds.length;
  if (event?.isSoldOut !== isFull)
    watch.violate('the sold-out mark of the event is correct', String(event?.isSoldOut));
}

async function checkStatistics(world: World, { process }: SimulatedWorker): Promise<void> {
  const { program, scheduler, watch } = world;
  const table = tableName(environmentName, 'stats');
  const statistics = program.code.createSaleStatistics(
    documentClient(world, process),
    table,
    world.onUnreadable,
  );
  const dayMs = 86_400_000;
  const totals = await statistics.totals(eventId, scheduler.nowMs - dayMs, scheduler.nowMs + dayMs);
  for (const kind of ['confirmed', 'cancelled', 'settled', 'refunded'] as const) {
    const [counted, true_] = [JSON.stringify(totals[kind]), JSON.stringify(watch.tallies[kind])];
    if (counted !== true_) watch.violate('each sale is counted once', `${kind} ${counted}, not ${true_}`);
  }
}
