import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { adminGroup } from '#contract/auth.ts';
import { eventIdPattern, type UrrEvent } from '#contract/event.ts';
import {
  type LeaveAnswer,
  type QueueAnswer,
  queueApiPrefix,
  type ThresholdAnswer,
  thresholdBodySchema,
} from '#contract/queue-http.ts';
import { UrrError } from '#core/errors.ts';
import { parseInput } from '#core/parse.ts';
import { clientAddress } from '#core/queue/client-address.ts';
import { hasQueue, limitNow, limitVersion } from '#core/queue/opening.ts';
import type { Visit } from '#core/queue/ports.ts';
import { Answers } from './answers.ts';
import type { AdmissionDeps } from './deps.ts';
import type { LiveEvents } from './live-events.ts';
import { type Credentials, type Visitor, Visitors } from './visitor.ts';

type Request = FastifyRequest<{ Params: { eventId: string } }>;

/** The routes of contract/queue-http.ts. */
export function addRoutes(server: FastifyInstance, deps: AdmissionDeps, events: LiveEvents): void {
  const visitors = new Visitors(deps);
  const answers = new Answers(deps);
  const path = (name: string) => `${queueApiPrefix}/${name}/:eventId`;

  const asked = async (request: Request) => {
    const visitor = await limited(deps, visitors, request);
    const event = await queueEvent(events, request.params.eventId, deps.nowMs());
    const credentials = await visitors.credentials(request.headers, event, visitor);
    return { event, visitor, credentials, visit: visitOf(visitor, credentials) };
  };

  server.post(path('check'), async (request: Request, reply): Promise<QueueAnswer> => {
    const { event, visitor, credentials, visit } = await asked(request);
    return answers.give(reply, event, visitor.user, credentials, await deps.queue.enter(event, visit));
  });

  const status = async (request: Request, reply: FastifyReply): Promise<QueueAnswer> => {
    const { event, visitor, credentials, visit } = await asked(request);
    return answers.give(reply, event, visitor.user, credentials, await deps.queue.ask(event, visit));
  };
  server.get(path('status'), status);
  server.post(path('heartbeat'), status);

  server.post(path('leave'), async (request: Request, reply): Promise<LeaveAnswer> => {
    const { event, visitor } = await asked(request);
    const left = await deps.queue.leave(event, visitor.user);
    answers.forget(reply, event.eventId);
    return { left };
  });

  server.get(path('threshold'), async (request: Request): Promise<ThresholdAnswer> => {
    await administrator(deps, visitors, request);
    const event = await events.get(eventIdOf(request.params.eventId));
    const { totals } = await deps.queue.readThreshold(event);
    return { threshold: event.threshold, currentUsers: totals.inside, waiting: totals.waiting };
  });

  server.put(path('threshold'), async (request: Request): Promise<ThresholdAnswer> => {
    const { user } = await administrator(deps, visitors, request);
    const { threshold } = parseInput(thresholdBodySchema, request.body, 'body');
    const eventId = eventIdOf(request.params.eventId);
    // The event's item is the one truth: it survives Redis, and the console shows it. Redis is told at once.
    const event = await deps.events.update(eventId, { threshold });
    events.replace(event);
    deps.telemetry.info('threshold set', { eventId, threshold, by: user });
    const { totals } = await deps.queue.setThreshold(
      event,
      limitNow(event, deps.nowMs()),
      limitVersion(event),
    );
    return { threshold: event.threshold, currentUsers: totals.inside, waiting: totals.waiting };
  });
}

function eventIdOf(eventId: string): string {
  if (!eventIdPattern.test(eventId)) throw new UrrError('EVENT_NOT_FOUND', 'there is no such event');
  return eventId;
}

async function queueEvent(events: LiveEvents, eventId: string, nowMs: number): Promise<UrrEvent> {
  const known = events.get(eventIdOf(eventId));
  const event = known instanceof Promise ? await known : known;
  if (!hasQueue(event, nowMs)) throw new UrrError('WAITING_ROOM_INACTIVE', 'this event has no queue now');
  return event;
}

/** Who asks, if they have not asked too often (C5). */
async function limited(deps: AdmissionDeps, visitors: Visitors, request: Request): Promise<Visitor> {
  const visitor = await visitors.signedIn(request.headers);
  const forwarded = request.headers['x-forwarded-for'];
  const address = clientAddress(
    Array.isArray(forwarded) ? forwarded.join(',') : forwarded,
    request.socket.remoteAddress ?? '',
    deps.forwardedHops,
  );
  const retryAfterSeconds = deps.limiter.take(visitor.user, address);
  if (retryAfterSeconds > 0)
    throw new UrrError('TOO_MANY_REQUESTS', 'too many requests, please slow down', { retryAfterSeconds });
  return visitor;
}

async function administrator(deps: AdmissionDeps, visitors: Visitors, request: Request): Promise<Visitor> {
  const visitor = await limited(deps, visitors, request);
  if (!visitor.groups.includes(adminGroup)) throw new UrrError('FORBIDDEN', 'this is for administrators');
  return visitor;
}

const visitOf = ({ user }: Visitor, { pass, entry }: Credentials): Visit => ({
  user,
  ...(pass === undefined
    ? {}
    : { pass: { requestId: pass.jti, position: { shard: pass.shard, seq: pass.seq } } }),
  ...(entry === undefined ? {} : { admissionId: entry.jti }),
});
