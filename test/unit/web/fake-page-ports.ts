import type { Answer, RequestOptions } from '../../../web/shared/api.ts';
import type { Reader } from '../../../web/shared/decode.ts';
import type { PagePorts } from '../../../web/shared/page-ports.ts';
import { createVirtualClock } from './virtual-clock.ts';

/** A scripted answer of the server. */
export type Reply =
  | { readonly body: unknown }
  | { readonly code: string; readonly details?: unknown; readonly retryAfterSeconds?: number }
  | 'lost';

export interface Request<Kind> {
  readonly kind: Kind;
  readonly path: string;
  readonly options: RequestOptions;
  readonly atMs: number;
}

/** Page ports on a virtual clock: answers are scripted by kind, and every request is recorded with its time. */
export function createFakePagePorts<Kind>(world: {
  readonly startMs: number;
  readonly memory: Map<string, string>;
  kindOf(path: string): Kind;
  replyTo(request: Request<Kind>): Reply;
}) {
  const { later, ...clock } = createVirtualClock(world.startMs);
  const requests: Request<Kind>[] = [];
  const went: string[] = [];
  const hints: string[] = [];
  const beacons: string[] = [];
  const inFlight = new Map<Kind | 'any', number>();
  const inFlightMost = new Map<Kind | 'any', number>();

  const countInFlight = (kind: Kind | 'any', change: 1 | -1) => {
    const now = (inFlight.get(kind) ?? 0) + change;
    inFlight.set(kind, now);
    inFlightMost.set(kind, Math.max(now, inFlightMost.get(kind) ?? 0));
  };

  const network = {
    ...clock,
    latencyMs: 50,
    requests,
    memory: world.memory,
    went,
    hints,
    beacons,
    asked: (kind: Kind) => requests.filter((request) => request.kind === kind),
    count: (kind: Kind) => requests.filter((request) => request.kind === kind).length,
    /** The largest number of requests that were under way at the same time. */
    mostAtOnce: (kind: Kind | 'any' = 'any') => inFlightMost.get(kind) ?? 0,
  };
  const ports: PagePorts = {
    async request<T>(path: string, reader: Reader<T>, options: RequestOptions = {}): Promise<Answer<T>> {
      const request = { kind: world.kindOf(path), path, options, atMs: clock.nowMs() };
      requests.push(request);
      for (const kind of [request.kind, 'any'] as const) countInFlight(kind, 1);
      await new Promise<void>((resolve) => void later(resolve, network.latencyMs));
      for (const kind of [request.kind, 'any'] as const) countInFlight(kind, -1);
      const reply = world.replyTo(request);
      if (reply === 'lost') return { kind: 'lost' };
      if ('code' in reply) {
        const { code, details, retryAfterSeconds = null } = reply;
        return { kind: 'refused', code, details, retryAfterSeconds };
      }
      // As JSON, so that a member that is undefined is absent, as it is on the network.
      return { kind: 'ok', value: reader(JSON.parse(JSON.stringify(reply.body))) };
    },
    nowMs: clock.nowMs,
    dice: () => 0.5,
    later,
    recall: (key) => world.memory.get(key) ?? null,
    remember: (key, value) => void world.memory.set(key, value),
    setOpenHint: (eventId) => void hints.push(eventId),
    go: (href) => void went.push(href),
    sendBeacon: (path) => void beacons.push(path),
  };
  return { ports, network };
}
