import type { SeatLayout } from '#contract/sale.ts';
import type { SalePorts } from '../../../../web/sale/payment/checkout.ts';
import type { Answer, AskOptions } from '../../../../web/shared/api.ts';
import type { Reader } from '../../../../web/shared/decode.ts';

export type Reply =
  | { readonly body: unknown }
  | { readonly code: string; readonly details?: unknown; readonly retryAfterSeconds?: number }
  | 'lost';

/** What a request is about; the first whose path matches. */
const kinds = {
  refresh: /auth\/refresh$/,
  event: /\/api\/v1\/events\//,
  layout: /\?layout=/,
  statuses: /seats\/events\//,
  reserve: /seats\/reserve$/,
  extend: /seats\/extend$/,
  release: /seats\/release$/,
  prepare: /payments\/prepare$/,
  confirm: /payments\/confirm$/,
  mine: /reservations\/mine$/,
  cancel: /\/cancel$/,
  reservation: /\/api\/v1\/reservations\//,
  heartbeat: /queue\/heartbeat\//,
} as const;
export type Kind = keyof typeof kinds;

export interface Request {
  readonly kind: Kind;
  readonly path: string;
  readonly options: AskOptions;
  readonly atMs: number;
}

export const eventId = 'spring';
export const reservationId = '0f8fad5b-d9cb-469f-a165-70867728950e';
export const startMs = 1_700_000_000_000;

/** Page ports on a virtual clock; answers are scripted by kind, requests are noted. */
export function createSaleWorld(memory = new Map<string, string>()) {
  let nowMs = startMs;
  let order = 0;
  let keys = 0;
  const timers: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = [];
  const requests: Request[] = [];
  const went: string[] = [];
  const told: string[] = [];
  const inFlight = new Map<Kind, number>();
  const most = new Map<Kind, number>();
  const server = { offsetMs: 0 };
  const serverMs = () => nowMs + server.offsetMs;
  const hold = (more: Parameters<typeof holdAnswer>[0] = {}) =>
    holdAnswer({ serverTimeMs: serverMs(), ...more });
  const test = {
    requests,
    went,
    told,
    memory,
    latencyMs: 50,
    /** The server's clock minus this one. */
    set clockOffsetMs(offsetMs: number) {
      server.offsetMs = offsetMs;
    },
    opened: 0,
    windowIsClosed: false,
    mostAtOnce: (kind: Kind) => most.get(kind) ?? 0,
    replies: {
      refresh: () => ({ code: 'NOT_SIGNED_IN' }),
      event: () => ({ body: event }),
      layout: () => ({ body: layout }),
      statuses: () => ({ body: statuses({ asOfMs: serverMs() }) }),
      reserve: () => ({ body: hold() }),
      extend: () => ({ body: hold({ expiresAtMs: serverMs() + 300_000 }) }),
      release: () => ({ body: hold({ state: 'cancelled' }) }),
      prepare: () => ({ body: prepared }),
      confirm: () => ({ body: { state: 'settled' } }),
      mine: () => ({ body: { reservations: [], serverTimeMs: serverMs() } }),
      cancel: () => ({ body: hold({ state: 'cancelled' }) }),
      reservation: () => ({ body: hold() }),
      heartbeat: () => ({ body: { state: 'admitted', nextPoll: 30 } }),
    } as Record<Kind, (request: Request) => Reply>,
    nowMs: () => nowMs,
    serverMs,
    asked: (kind: Kind) => requests.filter((request) => request.kind === kind),
    /** Runs everything due within this time, in order. */
    async run(forMs: number): Promise<void> {
      const untilMs = nowMs + forMs;
      for (let steps = 0; steps < 20_000; steps += 1) {
        for (let tick = 0; tick < 30; tick += 1) await Promise.resolve();
        const next = timers.sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
        if (next === undefined || next.atMs > untilMs) break;
        timers.shift();
        nowMs = Math.max(nowMs, next.atMs);
        next.run();
      }
      nowMs = untilMs;
    },
    /** The machine sleeps: the clock goes on, timers do not. */
    sleep(forMs: number): void {
      nowMs += forMs;
    },
  };
  const later = (run: () => void, delayMs: number) => {
    order += 1;
    const timer = { atMs: nowMs + delayMs, order, run };
    timers.push(timer);
    return () => {
      const at = timers.indexOf(timer);
      if (at >= 0) timers.splice(at, 1);
    };
  };
  const kindOf = (path: string): Kind => {
    for (const [kind, pattern] of Object.entries(kinds)) if (pattern.test(path)) return kind as Kind;
    throw new Error(`nobody serves ${path}`);
  };
  const ports: SalePorts = {
    async ask<T>(path: string, reader: Reader<T>, options: AskOptions = {}): Promise<Answer<T>> {
      const kind = kindOf(path);
      const request = { kind, path, options, atMs: nowMs };
      requests.push(request);
      const now = (inFlight.get(kind) ?? 0) + 1;
      inFlight.set(kind, now);
      most.set(kind, Math.max(now, most.get(kind) ?? 0));
      await new Promise<void>((resolve) => void later(resolve, test.latencyMs));
      inFlight.set(kind, (inFlight.get(kind) ?? 1) - 1);
      const reply = test.replies[kind](request);
      if (reply === 'lost') return { kind: 'lost' };
      if ('code' in reply) {
        const { code, details, retryAfterSeconds = null } = reply;
        return { kind: 'refused', code, details, retryAfterSeconds };
      }
      return { kind: 'ok', value: reader(JSON.parse(JSON.stringify(reply.body))) };
    },
    nowMs: () => nowMs,
    dice: () => 0.5,
    later,
    recall: (key) => memory.get(key) ?? null,
    remember: (key, value) => void memory.set(key, value),
    setOpenHint: () => {},
    go: (href) => void went.push(href),
    tell: (path) => void told.push(path),
    newKey() {
      keys += 1;
      return `key-${keys}-${order}`;
    },
    async openProvider() {
      test.opened += 1;
      return !test.windowIsClosed;
    },
  };
  return { ports, test };
}

export const event = {
  eventId,
  state: 'open',
  mode: 'both',
  isGated: true,
  requiresSignIn: true,
  title: { ko: '봄', en: 'Spring' },
  venue: {},
  prices: [],
  seatsPerOrder: 4,
};

export const layout: SeatLayout = {
  eventId,
  revision: 1,
  sections: [
    {
      kind: 'seated',
      id: 'A',
      name: { ko: 'A구역', en: 'Section A' },
      grade: 'R',
      priceKrw: 100_000,
      rows: [
        { label: '1', seats: 4 },
        { label: '2', seats: 6 },
      ],
    },
    {
      kind: 'standing',
      id: 'ST',
      name: { ko: '스탠딩', en: 'Standing' },
      grade: 'S',
      priceKrw: 50_000,
      capacity: 8,
    },
  ],
};

export const statuses = (more: {
  asOfMs?: number;
  A?: string;
  ST?: string;
  layoutRevision?: number;
  version?: number;
}) => ({
  eventId,
  layoutRevision: more.layoutRevision ?? 1,
  layoutUrl: '/x',
  asOfMs: more.asOfMs ?? startMs,
  version: more.version ?? 1,
  nextPoll: 2,
  sections: { A: more.A ?? '0000000000', ST: more.ST ?? '00000000' },
});

export const holdAnswer = (more: {
  serverTimeMs?: number;
  expiresAtMs?: number;
  state?: string;
  seatIds?: string[];
  orderId?: string;
}) => ({
  reservationId,
  eventId,
  seatIds: ['A-1-2', 'A-1-3'],
  amountKrw: 200_000,
  state: 'pending',
  createdAtMs: startMs,
  expiresAtMs: startMs + 300_000,
  expiresAtMaxMs: startMs + 600_000,
  serverTimeMs: startMs,
  fence: 7,
  ...more,
});

export const checkoutUrl = 'https://pay.example/checkout?orderId=order_1';
export const prepared = {
  orderId: 'order_1',
  reservationId,
  amountKrw: 200_000,
  checkout: {
    url: checkoutUrl,
    clientKey: 'key',
    orderName: '봄',
    successUrl: 'https://urr.example/reservations',
    failUrl: 'https://urr.example/reservations',
  },
};
