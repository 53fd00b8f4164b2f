import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { adminGroup } from '#contract/accounts.ts';
import {
  type AwayAnswer,
  type LeaveAnswer,
  queueApiPrefix,
  type ThresholdAnswer,
  thresholdBodySchema,
} from '#contract/queue-http.ts';
import { UrrError } from '#core/errors.ts';
import { parseInput } from '#core/parse.ts';
import { queueLimit } from '#core/queue/limit.ts';
import type { PollKind } from '#core/queue/ports.ts';
import type { LiveEvents } from '../worker-runtime/live-events.ts';
import type { Visitor } from '../worker-runtime/visitor.ts';
import { clearedEntryCookie } from './answers.ts';
import type { AdmissionDeps } from './deps.ts';
import type { Polls } from './polls.ts';

type Request = FastifyRequest<{ Params: { eventId: string } }>;

/** The routes of contract/queue-http.ts. */
export function addRoutes(
  server: FastifyInstance,
  deps: Pick<AdmissionDeps, 'events' | 'queue' | 'telemetry' | 'nowMs'>,
  events: LiveEvents,
  polls: Polls,
): void {
  const path = (name: string) => `${queueApiPrefix}/${name}/:eventId`;
  const poll = (kind: PollKind) => (request: Request, reply: FastifyReply) =>
    polls.poll(
      kind,
      request,
      request.params.eventId,
      ({ answer, header }) => void (header === undefined ? reply : reply.header(...header)).send(answer),
      (refusal) => void reply.send(refusal),
    );

  server.post(path('check'), poll('enter'));
  server.get(path('status'), poll('heartbeat'));
  server.post(path('heartbeat'), poll('heartbeat'));

  server.post(path('away'), async (request: Request): Promise<AwayAnswer> => {
    const { event, visitor } = await polls.verify(request, request.params.eventId, 'entry');
    return { away: await deps.queue.away(event, visitor.user) };
  });

  server.post(path('leave'), async (request: Request, reply): Promise<LeaveAnswer> => {
    const { event, visitor } = await polls.verify(request, request.params.eventId);
    const left = await deps.queue.leave(event, visitor.user);
    reply.header(...clearedEntryCookie(event.eventId));
    return { left };
  });

  server.get(path('threshold'), async (request: Request): Promise<ThresholdAnswer> => {
    await administrator(polls, request);
    const event = await events.get(request.params.eventId);
    const { totals } = await deps.queue.readThreshold(event);
    return { threshold: event.threshold, currentUsers: totals.inside, waiting: totals.waiting };
  });

  server.put(path('threshold'), async (request: Request): Promise<ThresholdAnswer> => {
    const { user } = await administrator(polls, request);
    const { threshold } = parseInput(thresholdBodySchema, request.body, 'body');
    const { eventId } = await events.get(request.params.eventId);
    // The event's item holds the limit: it survives a loss of Redis, and the console shows it. Redis is updated at once.
    const event = await deps.events.update(eventId, { threshold });
    events.replace(event);
    deps.telemetry.info('threshold set', { eventId, threshold, by: user });
    const { totals } = await deps.queue.setThreshold(event, queueLimit(event, deps.nowMs()));
    return { threshold: event.threshold, currentUsers: totals.inside, waiting: totals.waiting };
  });
}

async function administrator(polls: Polls, request: Request): Promise<Visitor> {
  const visitor = await polls.visitor(request);
  if (!visitor.groups.includes(adminGroup))
    throw new UrrError('FORBIDDEN', 'only administrators may read or set the limit');
  return visitor;
}
