import type { SeatLayout } from '#contract/sale.ts';
import type { SalePorts } from '../../../../web/sale/payment/checkout.ts';
import { createFakePagePorts, type Reply, type Request } from '../fake-page-ports.ts';

/** Kinds of requests; the first pattern that matches the path counts. */
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

export const eventId = 'spring';
export const reservationId = '0f8fad5b-d9cb-469f-a165-70867728950e';
export const startMs = 1_700_000_000_000;

/** Counts over all pages of a test: a refreshed page must not repeat a key by chance. */
let keys = 0;

/** Page ports of the sale; a test replaces the server's answers in `replies`. */
export function createSaleWorld(memory = new Map<string, string>()) {
  let serverOffsetMs = 0;
  const replies: Record<Kind, (request: Request<Kind>) => Reply> = {
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
  };
  const { ports: pagePorts, network } = createFakePagePorts<Kind>({
    startMs,
    memory,
    kindOf,
    replyTo: (request) => replies[request.kind](request),
  });
  const serverMs = () => network.nowMs() + serverOffsetMs;
  const hold = (more: Parameters<typeof holdAnswer>[0] = {}) =>
    holdAnswer({ serverTimeMs: serverMs(), ...more });
  const test = Object.assign(network, {
    replies,
    serverMs,
    /** The server's clock minus this one. */
    setClockOffset(offsetMs: number): void {
      serverOffsetMs = offsetMs;
    },
    providerOpened: 0,
    isProviderClosed: false,
  });
  const ports: SalePorts = {
    ...pagePorts,
    newKey() {
      keys += 1;
      return `key-${keys}`;
    },
    async openProvider() {
      test.providerOpened += 1;
      return !test.isProviderClosed;
    },
  };
  return { ports, test };
}

function kindOf(path: string): Kind {
  for (const [kind, pattern] of Object.entries(kinds)) if (pattern.test(path)) return kind as Kind;
  throw new Error(`no fake answer for ${path}`);
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
