import { createLine } from '../../../../web/line/line.ts';
import type { LineView } from '../../../../web/line/line-view.ts';
import type { Check, Status, Ticket } from '../../../../web/shared/answers.ts';
import { createFakePagePorts, type Reply } from '../fake-page-ports.ts';

const kinds = ['assign', 'status', 'check', 'leave', 'refresh', 'event'] as const;
type Kind = (typeof kinds)[number];

/** Page ports of a line; each answer of the server is a member that a test replaces. */
export function createLineWorld(memory = new Map<string, string>()) {
  const replies: Record<Kind, () => Reply> = {
    assign: () => ({ body: ticket({}) }),
    status: () => ({ body: status({}) }),
    check: () => ({ body: { state: 'waiting', peopleAhead: 1, nextPoll: 2 } satisfies Check }),
    leave: () => ({ body: { left: 'line' } }),
    refresh: () => ({ code: 'NOT_SIGNED_IN' }),
    event: () => 'lost',
  };
  const { ports, network } = createFakePagePorts<Kind>({
    startMs: 1_000_000,
    memory,
    kindOf: (path) => kinds.find((known) => path.includes(`/${known}`)) ?? 'event',
    replyTo: ({ kind }): Reply => test[kind](),
  });
  const test = Object.assign(network, replies);
  return { ports, test };
}

/** The line of a waiting page that has just been opened; with a memory, in the tab that the memory belongs to. */
export function openLine(memory?: Map<string, string>) {
  const { ports, test } = createLineWorld(memory);
  const views: LineView[] = [];
  const line = createLine('spring', ports, (view) => views.push(view));
  return { line, test, views };
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
