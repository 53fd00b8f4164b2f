import type { FastifyInstance } from 'fastify';
import type { LiveEvents } from '../worker-runtime/live-events.ts';
import { createWorkerServer, type Health } from '../worker-runtime/server.ts';
import { type VisitorSource, Visitors } from '../worker-runtime/visitor.ts';
import type { AdmissionDeps } from './deps.ts';
import { Polls } from './polls.ts';
import { addRoutes } from './routes.ts';
import { pollShortcut } from './shortcut.ts';
import { VisitorCache } from './visitor-cache.ts';

/** The largest body is a threshold. */
const bodyBytesMax = 4 * 1024;

/** The worker's HTTP side. */
export function createServer(
  deps: AdmissionDeps,
  events: LiveEvents,
  health: Health,
  visitors: VisitorSource = new VisitorCache(new Visitors(deps), deps.nowMs),
): FastifyInstance {
  const polls = new Polls(deps, events, visitors);
  const shortcut = pollShortcut(polls, deps);
  return createWorkerServer(deps, health, { bodyBytesMax, shortcut }, (server) =>
    addRoutes(server, deps, events, polls),
  );
}
