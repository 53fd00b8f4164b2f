import type { IncomingMessage } from 'node:http';
import type { UrrEvent } from '#contract/event.ts';
import { andThen, type Maybe, settle } from '#core/and-then.ts';
import { UrrError } from '#core/errors.ts';
import { hasQueue } from '#core/queue/limit.ts';
import type { Question, QueueReply, Visit } from '#core/queue/ports.ts';
import { addressOf } from '../worker-runtime/address.ts';
import type { LiveEvents } from '../worker-runtime/live-events.ts';
import type { Credentials, Visitor, VisitorSource } from '../worker-runtime/visitor.ts';
import { Answers, type Given } from './answers.ts';
import type { AdmissionDeps } from './deps.ts';

/** As much of a request as says who asks. */
export type Asker = Pick<IncomingMessage, 'headers' | 'socket'>;

export interface Asked {
  readonly event: UrrEvent;
  readonly visitor: Visitor;
  readonly credentials: Credentials;
}

/** The questions of a crowd: who asks, where do they stand. Knows nothing of the framework, for it is the hot path. */
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
   * Calls `onAnswer` or `onRefusal`, once. What is known already is not waited for, and answers are handed over where they are
   * made: a chain of promises is a tenth of what a poll costs, which waits for Redis alone.
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
   * Who asks about which event, and what they show.
   *
   * @throws UrrError NOT_SIGNED_IN, TOO_MANY_REQUESTS, EVENT_NOT_FOUND, WAITING_ROOM_INACTIVE, PASS_REQUIRED, WRONG_ACCOUNT
   */
  asked(asker: Asker, eventId: string): Maybe<Asked> {
    return andThen(this.visitor(asker), (visitor) =>
      andThen(this.#events.get(eventId), (event) => this.#askedFor(asker, visitor, event)),
    );
  }

  #askedFor(asker: Asker, visitor: Visitor, event: UrrEvent): Maybe<Asked> {
    if (!hasQueue(event, this.#deps.nowMs()))
      throw new UrrError('WAITING_ROOM_INACTIVE', 'this event has no queue now');
    const asked = (credentials: Credentials): Asked => ({ event, visitor, credentials });
    return andThen(this.#visitors.credentials(asker.headers, event, visitor), asked);
  }

  /** Who asks, if they have not asked too often (C5). @throws UrrError NOT_SIGNED_IN, TOO_MANY_REQUESTS */
  visitor(asker: Asker): Maybe<Visitor> {
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
