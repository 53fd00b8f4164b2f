import type { IncomingMessage } from 'node:http';
import type { UrrEvent } from '#contract/event.ts';
import type { LineToken } from '#core/access/decision.ts';
import { andThen, type MaybePromise, settle } from '#core/and-then.ts';
import { UrrError } from '#core/errors.ts';
import { hasQueue } from '#core/queue/limit.ts';
import type { Question, QueueReply, Visit } from '#core/queue/ports.ts';
import { addressOf } from '../worker-runtime/address.ts';
import type { LiveEvents } from '../worker-runtime/live-events.ts';
import {
  type Credentials,
  requireOpener,
  type Visitor,
  type VisitorSource,
} from '../worker-runtime/visitor.ts';
import { Answers, type Given } from './answers.ts';
import type { AdmissionDeps } from './deps.ts';

/** The part of a request that identifies the visitor. */
export type Asker = Pick<IncomingMessage, 'headers' | 'socket'>;

export interface Asked {
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
    question: Question,
    asker: Asker,
    eventId: string,
    onAnswer: (given: Given) => void,
    onRefusal: (refusal: unknown) => void,
  ): void {
    const answer = ({ event, visitor, credentials }: Asked, said: QueueReply): void =>
      settle(() => this.#answers.give(event, visitor.user, credentials, said), onAnswer, onRefusal);
    const put = (asked: Asked): void =>
      this.#deps.queue.poll(question, asked.event, visitOf(asked), (said) => answer(asked, said), onRefusal);
    settle(() => andThen(this.asked(asker, eventId), put), done, onRefusal);
  }

  /**
   * Returns the visitor, the event and the verified credentials of a request.
   *
   * @param access what contract/routes.ts asks for on this route
   * @throws UrrError NOT_SIGNED_IN, TOO_MANY_REQUESTS, EVENT_NOT_FOUND, WAITING_ROOM_INACTIVE, PASS_REQUIRED,
   * ENTRY_TOKEN_REQUIRED, WRONG_ACCOUNT
   */
  asked(asker: Asker, eventId: string, access: LineToken = 'pass'): MaybePromise<Asked> {
    return andThen(this.visitor(asker), (visitor) =>
      andThen(this.#events.get(eventId), (event) => this.#askedFor(asker, access, visitor, event)),
    );
  }

  #askedFor(asker: Asker, access: LineToken, visitor: Visitor, event: UrrEvent): MaybePromise<Asked> {
    const nowMs = this.#deps.nowMs();
    if (!hasQueue(event, nowMs))
      throw new UrrError('WAITING_ROOM_INACTIVE', 'this event has no queue at the moment');
    return andThen(this.#visitors.tokens(asker.headers, event, visitor), (credentials) => {
      requireOpener(access, event, credentials, nowMs);
      return { event, visitor, credentials };
    });
  }

  /** Returns the signed-in visitor, and counts the request (C5). @throws UrrError NOT_SIGNED_IN, TOO_MANY_REQUESTS */
  visitor(asker: Asker): MaybePromise<Visitor> {
    return andThen(this.#visitors.signedIn(asker.headers), (visitor) => this.#takeTurn(asker, visitor));
  }

  #takeTurn(asker: Asker, visitor: Visitor): Visitor {
    const { limiter, forwardedHops } = this.#deps;
    const retryAfterSeconds = limiter.take(visitor.user, addressOf(asker, forwardedHops));
    if (retryAfterSeconds > 0)
      throw new UrrError('TOO_MANY_REQUESTS', 'too many requests, please slow down', { retryAfterSeconds });
    return visitor;
  }
}

const done = (): void => {};

const visitOf = ({ visitor, credentials: { pass, entry } }: Asked): Visit => ({
  user: visitor.user,
  pass: pass && { requestId: pass.jti, position: pass },
  admissionId: entry?.jti,
});
