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
import type { LiveEvents } from '../shared/worker/live-events.ts';
import type { Credentials, Visitor, VisitorSource } from '../shared/worker/visitor.ts';
import { Answers } from './answers.ts';
import type { AdmissionDeps } from './deps.ts';

type Request = FastifyRequest<{ Params: { eventId: string } }>;

interface Asked {
  readonly event: UrrEvent;
  readonly visitor: Visitor;
  readonly credentials: Credentials;
}

/** The routes of contract/queue-http.ts. */
export function addRoutes(
  server: FastifyInstance,
  deps: AdmissionDeps,
  events: LiveEvents,
  visitors: VisitorSource,
): void {
  const answers = new Answers(deps);
  const path = (name: string) => `${queueApiPrefix}/${name}/:eventId`;

  /** What is known already is not waited for: a poll of a remembered visitor waits for Redis alone. */
  const ask = <T>(request: Request, then: (asked: Asked) => T | Promise<T>): T | Promise<T> =>
    chain(limited(deps, visitors, request), (visitor) =>
      chain(queueEvent(events, request.params.eventId, deps.nowMs()), (event) =>
        chain(visitors.credentials(request.headers, event, visitor), (credentials) =>
          then({ event, visitor, credentials }),
        ),
      ),
    );
  const answer = (request: Request, reply: FastifyReply, question: 'enter' | 'ask') =>
    ask(
      request,
      ({ event, visitor, credentials }): Promise<QueueAnswer> =>
        deps.queue[question](event, visitOf(visitor, credentials)).then((said) =>
          answers.give(reply, event, visitor.user, credentials, said),
        ),
    );

  server.post(path('check'), (request: Request, reply) => answer(request, reply, 'enter'));
  server.get(path('status'), (request: Request, reply) => answer(request, reply, 'ask'));
  server.post(path('heartbeat'), (request: Request, reply) => answer(request, reply, 'ask'));

  server.post(path('leave'), (request: Request, reply) =>
    ask(request, async ({ event, visitor }): Promise<LeaveAnswer> => {
      const left = await deps.queue.leave(event, visitor.user);
      answers.forget(reply, event.eventId);
      return { left };
    }),
  );

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

function queueEvent(events: LiveEvents, eventId: string, nowMs: number): UrrEvent | Promise<UrrEvent> {
  return chain(events.get(eventIdOf(eventId)), (event) => {
    if (hasQueue(event, nowMs)) return event;
    throw new UrrError('WAITING_ROOM_INACTIVE', 'this event has no queue now');
  });
}

/** Who asks, if they have not asked too often (C5). */
function limited(deps: AdmissionDeps, visitors: VisitorSource, request: Request): Visitor | Promise<Visitor> {
  return chain(visitors.signedIn(request.headers), (visitor) => {
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
  });
}

async function administrator(
  deps: AdmissionDeps,
  visitors: VisitorSource,
  request: Request,
): Promise<Visitor> {
  const visitor = await limited(deps, visitors, request);
  if (!visitor.groups.includes(adminGroup)) throw new UrrError('FORBIDDEN', 'this is for administrators');
  return visitor;
}

const visitOf = ({ user }: Visitor, { pass, entry }: Credentials): Visit => ({
  user,
  pass: pass && { requestId: pass.jti, position: pass },
  admissionId: entry?.jti,
});

/** Goes on at once with a value, and later with a promise of one. */
const chain = <T, U>(value: T | Promise<T>, then: (value: T) => U | Promise<U>): U | Promise<U> =>
  value instanceof Promise ? value.then(then) : then(value);
