import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import autocannon from 'autocannon';
import type { SeatLayout } from '#contract/sale.ts';
import { type SeatStatuses, seatStatusesSchema } from '#contract/sale-http.ts';
import { indexSeats } from '#core/sale/seat-index.ts';
import { seededRandom } from '../support/random.ts';
import { type SeatShopper, type SeatWorker, startSeatKit } from '../support/sale/seat-kit.ts';
import { type Figure, figure } from './figure.ts';

export const seatMapFigures = ['F4.map-bytes', 'F4.map', 'F4.map-unchanged', 'F4.map-read'] as const;

const sectionCount = 20;
const rowsPerSection = 25;
const seatsPerRow = 40;
const connections = 64;
const seconds = 5;

/** A hall of 20,000 seats in the middle of its sale: front rows sold, some holds. */
export async function measureSeatMap(): Promise<readonly Figure[]> {
  const kit = await startSeatKit();
  try {
    const { event, layout } = await kit.createSale({}, hall());
    const worker = await kit.startWorker({}, (deps) => ({
      ...deps,
      // All requests come from one account and one address, and the map is measured, not the limiter.
      limiter: { take: async () => 0, takeWebhook: () => 0 },
    }));
    const shopper = await kit.shopper(event.eventId);
    await readable(worker, event.eventId);
    await fill(worker, layout);
    const url = `${worker.url}/api/v1/seats/events/${event.eventId}`;
    const headers = headersOf(shopper);
    // The events that the worker reads for its rounds are up to a second old.
    await new Promise((done) => setTimeout(done, 1_500));
    const first = await readMap(url, headers);
    const sizes = sizesOf(first.document);
    const index = indexSeats(layout);
    const readMs = await readTime(worker, index.seatIds, event.eventId);
    const fresh = await load(url, { ...headers, 'accept-encoding': 'gzip' });
    const unchanged = await load(url, { ...headers, 'if-none-match': first.etag });
    const offered = `${connections} connections, one worker process, each request with its tokens verified or cached`;
    const mix = ['0', '1', '2'].map((digit) => sizes.digits.split(digit).length - 1).join('/');
    return [
      figure(
        'F4.map-bytes',
        sizes.asIs.gzip,
        'bytes',
        { atMost: 8_000 },
        `statuses of ${sizes.digits.length} seats (available/locked/reserved ${mix}), one digit per seat, gzip; plain ${sizes.asIs.plain}, ` +
          `brotli 5 ${sizes.asIs.brotli}; base64 of 2 bits a seat: gzip ${sizes.packed.gzip}, plain ${sizes.packed.plain}, brotli 5 ${sizes.packed.brotli}`,
      ),
      figure(
        'F4.map',
        Math.round(fresh.perSecond),
        'requests/s',
        'stated',
        `whole statuses, gzip; ${offered}; ${fresh.detail}`,
      ),
      figure(
        'F4.map-unchanged',
        Math.round(unchanged.perSecond),
        'requests/s',
        'stated',
        `304 while nothing has changed; ${offered}; ${unchanged.detail}`,
      ),
      figure(
        'F4.map-read',
        readMs,
        'ms',
        { atMost: 100 },
        `reading ${sizes.digits.length} seats from Redis, at most once per second, worker and event, and only on request`,
      ),
    ];
  } finally {
    await kit.stop();
  }
}

const hall = (): SeatLayout['sections'] =>
  Array.from({ length: sectionCount }, (_, section) => ({
    kind: 'seated' as const,
    id: `S${section + 1}`,
    name: { ko: `${section + 1} 구역`, en: `Section ${section + 1}` },
    grade: section < 5 ? 'R' : 'S',
    priceKrw: section < 5 ? 150_000 : 110_000,
    rows: Array.from({ length: rowsPerSection }, (_row, row) => ({
      label: String(row + 1),
      seats: seatsPerRow,
    })),
  }));

/** Waits for the connection to Redis, which is opened in the background without queueing commands. */
async function readable({ deps }: SeatWorker, eventId: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const answers = await deps.holds.snapshot(eventId, ['S1-1-1']).then(
      () => true,
      () => false,
    );
    if (answers) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('Redis does not respond');
}

/** Sells groups of one to four with a probability that falls with the row, and holds one in eight. */
async function fill({ deps }: SeatWorker, layout: SeatLayout): Promise<void> {
  const random = seededRandom(4);
  const calls: Promise<void>[] = [];
  let fence = 1;
  for (const section of layout.sections) {
    if (section.kind !== 'seated') continue;
    for (const [rowIndex, row] of section.rows.entries()) {
      for (let seat = 1; seat <= row.seats; ) {
        const size = Math.min(1 + Math.floor(random() * 4), row.seats - seat + 1);
        const seatIds = Array.from(
          { length: size },
          (_, step) => `${section.id}-${row.label}-${seat + step}`,
        );
        seat += size;
        const dice = random();
        const soldShare = 0.95 - (0.8 * rowIndex) / section.rows.length;
        if (dice > soldShare + 0.08) continue;
        fence++;
        const holder = {
          eventId: layout.eventId,
          reservationId: randomUUID(),
          userId: randomUUID(),
          fence,
          seatIds,
        };
        calls.push(deps.holds.restore(holder, dice < soldShare ? 0 : Date.now() + 600_000));
        if (calls.length >= 100) await Promise.all(calls.splice(0));
      }
    }
  }
  await Promise.all(calls);
}

async function readMap(url: string, headers: Record<string, string>) {
  const answer = await fetch(url, { headers });
  if (!answer.ok) throw new Error(`the map answers ${answer.status}`);
  return {
    document: seatStatusesSchema.parse(await answer.json()),
    etag: answer.headers.get('etag') ?? '',
  };
}

const headersOf = ({ cookies, address }: SeatShopper): Record<string, string> => ({
  cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
  'x-forwarded-for': address,
});

/** Sizes of the document, and of one with two bits per seat in base64. */
function sizesOf(document: SeatStatuses) {
  const packed = Object.fromEntries(
    Object.entries(document.sections).map(([id, digits]) => [id, twoBitsEach(digits)]),
  );
  const size = (text: string) => ({
    plain: text.length,
    gzip: gzipSync(text).length,
    brotli: brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }).length,
  });
  return {
    digits: Object.values(document.sections).join(''),
    asIs: size(JSON.stringify(document)),
    packed: size(JSON.stringify({ ...document, sections: packed })),
  };
}

function twoBitsEach(digits: string): string {
  const bits = Buffer.alloc(Math.ceil(digits.length / 4));
  for (let seat = 0; seat < digits.length; seat++)
    bits[seat >> 2] = (bits[seat >> 2] ?? 0) | (Number(digits[seat]) << (2 * (seat & 3)));
  return bits.toString('base64');
}

async function readTime({ deps }: SeatWorker, seatIds: readonly string[], eventId: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 21; round++) {
    const startedMs = performance.now();
    const parts = Array.from({ length: Math.ceil(seatIds.length / 1000) }, (_, part) =>
      deps.holds.snapshot(eventId, seatIds.slice(part * 1000, (part + 1) * 1000)),
    );
    await Promise.all(parts);
    times.push(performance.now() - startedMs);
  }
  return times.sort((a, b) => a - b)[10] ?? Number.NaN;
}

async function load(url: string, headers: Record<string, string>) {
  const before = performance.eventLoopUtilization();
  const result = await autocannon({ url, headers, connections, duration: seconds, workers: 1 });
  const busy = Math.round(performance.eventLoopUtilization(before).utilization * 100);
  const failed = result.requests.total - result['2xx'] - result['3xx'] + result.errors;
  const detail = `${result.requests.total} responses in ${seconds} s, ${failed} failed, p99 ${result.latency.p99} ms; the worker's thread was busy ${busy}% of the time`;
  return { perSecond: failed > 0 ? Number.NaN : result.requests.total / seconds, detail };
}
