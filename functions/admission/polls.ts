import type { IncomingMessage } from 'node:http';
import type { UrrEvent } from '#contract/event.ts';
import type { LineToken } from '#core/access/decision.ts';
import { requireOpener } from '#core/access/require.ts';
import { andThen, type MaybePromise, settle } from '#core/and-then.ts';
import { UrrError } from '#core/errors.ts';
import { hasQueue } from '#core/queue/limit.ts';
import type { PollKind, QueueReply, Visit } from '#core/queue/ports.ts';
import { addressOf } from '../worker-runtime/address.ts';
import type { LiveEvents } from '../worker-runtime/live-events.ts';
import type { Credentials, Visitor, VisitorSource } from '../worker-runtime/visitor.ts';
import { Answers, type PollAnswer } from './answers.ts';
import type { AdmissionDeps } from './deps.ts';

/** The part of a request that identifies the visitor. */
type PollRequest = Pick<IncomingMessage, 'headers' | 'socket'>;

interface VerifiedPoll {
  readonly event: UrrEvent;
  readonly visitor: Visitor;
  readonly credentials: Credentials;
}

/** Check, status and heartbeat: identifies the visitor and polls the queue. The hot path, so it does not use the framework. */
export class Polls {
  readonly #deps: AdmissionDeps;
  readonly #events: LiveEvents;
  readonly #visitors: VisitorSource;
  readonly #answers: Answers;

  constructor(deps: AdmissionDeps, events: LiveEvents, visitors: VisitorSource) {
    this.#deps = deps;
    this.#events = events;
    this.#visitors = visitors;
    this.#answers = new Answers(deps);
  }

  /**
   * Calls `onAnswer` or `onRefusal` once. Known values are used synchronously and answers are passed to callbacks, because a
   * chain of promises is a tenth of the cost of a poll. Only Redis is awaited.
   */
  poll(
    kind: PollKind,
    request: PollRequest,
    eventId: string,
    onAnswer: (given: PollAnswer) => void,
    onRefusal: (refusal: unknown) => void,
  ): void {
    const answer = ({ event, visitor, credentials }: VerifiedPoll, reply: QueueReply): void =>
      settle(() => this.#answers.build(event, visitor.user, credentials, reply), onAnswer, onRefusal);
    const send = (poll: VerifiedPoll): void =>
      this.#deps.queue.poll(kind, poll.event, visitOf(poll), (reply) => answer(poll, reply), onRefusal);
    settle(() => andThen(this.verify(request, eventId), send), done, onRefusal);
  }

  /**
   * Returns the visitor, the event and the verified credentials of a request.
   *
   * @param access the access that contract/routes.ts requires on this route
   * @throws UrrError NOT_SIGNED_IN, TOO_MANY_REQUESTS, EVENT_NOT_FOUND, WAITING_ROOM_INACTIVE, PASS_REQUIRED,
   * ENTRY_TOKEN_REQUIRED, WRONG_ACCOUNT
   */
  verify(request: PollRequest, eventId: string, access: LineToken = 'pass'): MaybePromise<VerifiedPoll> {
    return andThen(this.visitor(request), (visitor) =>
      andThen(this.#events.get(eventId), (event) => this.#verifyTokens(request, access, visitor, event)),
    );
  }

  #verifyTokens(
    request: PollRequest,
    access: LineToken,
    visitor: Visitor,
    event: UrrEvent,
  ): MaybePromise<VerifiedPoll> {
    const nowMs = this.#deps.nowMs();
    if (!hasQueue(event, nowMs))
      throw new UrrError(
        'WAITING_ROOM_INACTIVE',
        'this event has no queue at the moment; continue without it',
      );
    return andThen(this.#visitors.verifyTokens(request.headers, event, visitor), (credentials) => {
      requireOpener(access, event, credentials, nowMs);
      return { event, visitor, credentials };
    });
  }

  /** Returns the signed-in visitor, and counts the request (C5). @throws UrrError NOT_SIGNED_IN, TOO_MANY_REQUESTS */
  visitor(request: PollRequest): MaybePromise<Visitor> {
    return andThen(this.#visitors.requireSignedIn(request.headers), (visitor) =>
      this.#countRequest(request, visitor),
    );
  }

  #countRequest(request: PollRequest, visitor: Visitor): Visitor {
    const { limiter, forwardedHops } = this.#deps;
    const retryAfterSeconds = limiter.take(visitor.user, addressOf(request, forwardedHops));
    if (retryAfterSeconds > 0)
      throw new UrrError('TOO_MANY_REQUESTS', 'too many requests; please wait, then try again', {
        retryAfterSeconds,
      });
    return visitor;
  }
}

const done = (): void => {};

const visitOf = ({ visitor, credentials: { pass, entry } }: VerifiedPoll): Visit => ({
  user: visitor.user,
  pass: pass && { requestId: pass.jti, position: pass },
  admissionId: entry?.jti,
});
