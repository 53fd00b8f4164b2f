import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { adminGroup } from '#contract/auth.ts';
import type { UrrEvent } from '#contract/event.ts';
import {
  type LeaveAnswer,
  queueApiPrefix,
  type ThresholdAnswer,
  thresholdBodySchema,
} from '#contract/queue-http.ts';
import { UrrError } from '#core/errors.ts';
import { parseInput } from '#core/parse.ts';
import { hasQueue, limitNow, limitVersion } from '#core/queue/opening.ts';
import type { QueueReply, Visit } from '#core/queue/ports.ts';
import { addressOf } from '../shared/worker/address.ts';
import type { LiveEvents } from '../shared/worker/live-events.ts';
import type { Credentials, Visitor, VisitorSource } from '../shared/worker/visitor.ts';
import { Answers } from './answers.ts';
import type { AdmissionDeps } from './deps.ts';

type Request = FastifyRequest<{ Params: { eventId: string } }>;

type Question = 'enter' | 'ask';

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

  // What is known already is not waited for: a poll of a remembered visitor waits for Redis alone.
  const ask = (request: Request): Asked | Promise<Asked> => {
    const visitor = limited(deps, visitors, request);
    return visitor instanceof Promise
      ? visitor.then((found) => askAs(request, found))
      : askAs(request, visitor);
  };
  const askAs = (request: Request, visitor: Visitor): Asked | Promise<Asked> => {
    const event = events.get(request.params.eventId);
    return event instanceof Promise
      ? event.then((found) => askFor(request, visitor, found))
      : askFor(request, visitor, event);
  };
  const askFor = (request: Request, visitor: Visitor, event: UrrEvent): Asked | Promise<Asked> => {
    if (!hasQueue(event, deps.nowMs()))
      throw new UrrError('WAITING_ROOM_INACTIVE', 'this event has no queue now');
    const asked = (credentials: Credentials): Asked => ({ event, visitor, credentials });
    const credentials = visitors.credentials(request.headers, event, visitor);
    return credentials instanceof Promise ? credentials.then(asked) : asked(credentials);
  };
  // Answers are sent where they are made, not returned: a chain of promises is a tenth of what a poll costs.
  const answer = (request: Request, reply: FastifyReply, question: Question): void => {
    const asked = ask(request);
    if (asked instanceof Promise) asked.then((known) => answerTo(known, reply, question), refuse(reply));
    else answerTo(asked, reply, question);
  };
  const answerTo = (asked: Asked, reply: FastifyReply, question: Question): void => {
    deps.queue[question](asked.event, visitOf(asked)).then((said) => give(asked, reply, said), refuse(reply));
  };
  const give = ({ event, visitor, credentials }: Asked, reply: FastifyReply, said: QueueReply): void => {
    try {
      const given = answers.give(reply, event, visitor.user, credentials, said);
      if (given instanceof Promise) given.then((made) => reply.send(made), refuse(reply));
      else reply.send(given);
    } catch (refusal) {
      reply.send(refusal);
    }
  };

  server.post(path('check'), (request: Request, reply) => answer(request, reply, 'enter'));
  server.get(path('status'), (request: Request, reply) => answer(request, reply, 'ask'));
  server.post(path('heartbeat'), (request: Request, reply) => answer(request, reply, 'ask'));

  server.post(path('leave'), async (request: Request, reply): Promise<LeaveAnswer> => {
    const { event, visitor } = await ask(request);
    const left = await deps.queue.leave(event, visitor.user);
    answers.forget(reply, event.eventId);
    return { left };
  });

  server.get(path('threshold'), async (request: Request): Promise<ThresholdAnswer> => {
    await administrator(deps, visitors, request);
    const event = await events.get(request.params.eventId);
    const { totals } = await deps.queue.readThreshold(event);
    return { threshold: event.threshold, currentUsers: totals.inside, waiting: totals.waiting };
  });

  server.put(path('threshold'), async (request: Request): Promise<ThresholdAnswer> => {
    const { user } = await administrator(deps, visitors, request);
    const { threshold } = parseInput(thresholdBodySchema, request.body, 'body');
    const { eventId } = await events.get(request.params.eventId);
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

/** Who asks, if they have not asked too often (C5). */
function limited(deps: AdmissionDeps, visitors: VisitorSource, request: Request): Visitor | Promise<Visitor> {
  const visitor = visitors.signedIn(request.headers);
  return visitor instanceof Promise
    ? visitor.then((found) => takeTurn(deps, request, found))
    : takeTurn(deps, request, visitor);
}

function takeTurn(deps: AdmissionDeps, request: Request, visitor: Visitor): Visitor {
  const retryAfterSeconds = deps.limiter.take(visitor.user, addressOf(request, deps.forwardedHops));
  if (retryAfterSeconds > 0)
    throw new UrrError('TOO_MANY_REQUESTS', 'too many requests, please slow down', { retryAfterSeconds });
  return visitor;
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

const refuse =
  (reply: FastifyReply) =>
  (refusal: unknown): void =>
    void reply.send(refusal);

const visitOf = ({ visitor, credentials: { pass, entry } }: Asked): Visit => ({
  user: visitor.user,
  pass: pass && { requestId: pass.jti, position: pass },
  admissionId: entry?.jti,
});
