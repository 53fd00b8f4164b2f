import type { Check, Status, Ticket } from '../../../../web/shared/answers.ts';
import type { Answer } from '../../../../web/shared/api.ts';
import type { Reader } from '../../../../web/shared/decode.ts';
import type { PagePorts } from '../../../../web/shared/page-ports.ts';

type Reply =
  | { readonly body: unknown }
  | { readonly code: string; readonly retryAfterSeconds?: number }
  | 'lost';

const kinds = ['assign', 'status', 'check', 'leave', 'refresh', 'event'] as const;
type Kind = (typeof kinds)[number];

/** Page ports on a virtual clock: answers are scripted per path, requests are noted with their times. */
export function createTestPorts() {
  let nowMs = 1_000_000;
  let order = 0;
  const timers: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = [];
  const memory = new Map<string, string>();
  const requests: { readonly kind: Kind; readonly atMs: number }[] = [];
  const went: string[] = [];
  const hints: string[] = [];
  const told: string[] = [];
  const test = {
    requests,
    went,
    hints,
    told,
    memory,
    inFlight: 0,
    inFlightMost: 0,
    latencyMs: 50,
    assign: (): Reply => ({ body: ticket({}) }),
    status: (): Reply => ({ body: status({}) }),
    check: (): Reply => ({ body: { state: 'waiting', peopleAhead: 1, nextPoll: 2 } satisfies Check }),
    leave: (): Reply => ({ body: { left: 'line' } }),
    refresh: (): Reply => ({ code: 'NOT_SIGNED_IN' }),
    event: (): Reply => 'lost',
    nowMs: () => nowMs,
    count: (kind: Kind) => requests.filter((request) => request.kind === kind).length,
    /** Runs everything due within this time, in order. */
    async run(forMs: number): Promise<void> {
      const untilMs = nowMs + forMs;
      for (let steps = 0; steps < 100_000; steps += 1) {
        // Answers settle in microtasks between two timers.
        for (let tick = 0; tick < 20; tick += 1) await Promise.resolve();
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
  const ports: PagePorts = {
    async ask<T>(path: string, reader: Reader<T>): Promise<Answer<T>> {
      const kind = kinds.find((known) => path.includes(`/${known}`)) ?? 'event';
      requests.push({ kind, atMs: nowMs });
      test.inFlight += 1;
      test.inFlightMost = Math.max(test.inFlightMost, test.inFlight);
      await new Promise<void>((resolve) => void later(resolve, test.latencyMs));
      test.inFlight -= 1;
      const reply = test[kind]();
      if (reply === 'lost') return { kind: 'lost' };
      if ('code' in reply) {
        return { kind: 'refused', code: reply.code, retryAfterSeconds: reply.retryAfterSeconds ?? null };
      }
      return { kind: 'ok', value: reader(reply.body) };
    },
    nowMs: () => nowMs,
    dice: () => 0.5,
    later,
    recall: (key) => memory.get(key) ?? null,
    remember: (key, value) => void memory.set(key, value),
    setOpenHint: (eventId) => void hints.push(eventId),
    go: (href) => void went.push(href),
    tell: (path) => void told.push(path),
  };
  return { ports, test };
}

export const ticket = (more: Partial<Ticket>): Ticket => ({
  requestId: '0f8fad5b-d9cb-469f-a165-70867728950e',
  position: 100,
  place: { shard: 0, seq: 100 },
  generation: 1,
  peopleAhead: 99,
  isSignedIn: true,
  ...more,
});

export const status = (more: Partial<Status>): Status => ({
  state: 'open',
  mode: 'both',
  generation: 1,
  serving: [0],
  issued: [100],
  claimWindowSeconds: 300,
  reached: [],
  totals: { joined: 100, called: 0, waiting: 100 },
  ratePerMinute: null,
  pollBands: [
    { aheadMax: 500, seconds: 2 },
    { aheadMax: null, seconds: 15 },
  ],
  opensAt: undefined,
  message: undefined,
  serverTimeMs: 1_000_000,
  ...more,
});
