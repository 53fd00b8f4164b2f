import type { IncomingMessage } from 'node:http';
import type { UrrEvent } from '#contract/event.ts';
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
    const answer = ({ event, visitor, credentials }: Asked, said: QueueReply): void => {
      let given: Given | Promise<Given>;
      try {
        given = this.#answers.give(event, visitor.user, credentials, said);
      } catch (refusal) {
        onRefusal(refusal);
        return;
      }
      if (given instanceof Promise) given.then(onAnswer, onRefusal);
      else onAnswer(given);
    };
    const put = (asked: Asked): void =>
      this.#deps.queue.poll(question, asked.event, visitOf(asked), (said) => answer(asked, said), onRefusal);
    try {
      const asked = this.asked(asker, eventId);
      if (asked instanceof Promise) asked.then(put).catch(onRefusal);
      else put(asked);
    } catch (refusal) {
      onRefusal(refusal);
    }
  }

  /**
   * Who asks about which event, and what they show.
   *
   * @throws UrrError NOT_SIGNED_IN, TOO_MANY_REQUESTS, EVENT_NOT_FOUND, WAITING_ROOM_INACTIVE, PASS_REQUIRED, WRONG_ACCOUNT
   */
  asked(asker: Asker, eventId: string): Asked | Promise<Asked> {
    const visitor = this.visitor(asker);
    return visitor instanceof Promise
      ? visitor.then((found) => this.#askedBy(asker, eventId, found))
      : this.#askedBy(asker, eventId, visitor);
  }

  #askedBy(asker: Asker, eventId: string, visitor: Visitor): Asked | Promise<Asked> {
    const event = this.#events.get(eventId);
    return event instanceof Promise
      ? event.then((found) => this.#askedFor(asker, visitor, found))
      : this.#askedFor(asker, visitor, event);
  }

  #askedFor(asker: Asker, visitor: Visitor, event: UrrEvent): Asked | Promise<Asked> {
    if (!hasQueue(event, this.#deps.nowMs()))
      throw new UrrError('WAITING_ROOM_INACTIVE', 'this event has no queue now');
    const asked = (credentials: Credentials): Asked => ({ event, visitor, credentials });
    const credentials = this.#visitors.credentials(asker.headers, event, visitor);
    return credentials instanceof Promise ? credentials.then(asked) : asked(credentials);
  }

  /** Who asks, if they have not asked too often (C5). @throws UrrError NOT_SIGNED_IN, TOO_MANY_REQUESTS */
  visitor(asker: Asker): Visitor | Promise<Visitor> {
    const visitor = this.#visitors.signedIn(asker.headers);
    return visitor instanceof Promise
      ? visitor.then((found) => this.#takeTurn(asker, found))
      : this.#takeTurn(asker, visitor);
  }

  #takeTurn(asker: Asker, visitor: Visitor): Visitor {
    const { limiter, forwardedHops } = this.#deps;
    const retryAfterSeconds = limiter.take(visitor.user, addressOf(asker, forwardedHops));
    if (retryAfterSeconds > 0)
      throw new UrrError('TOO_MANY_REQUESTS', 'too many requests, please slow down', { retryAfterSeconds });
    return visitor;
  }
}

const visitOf = ({ visitor, credentials: { pass, entry } }: Asked): Visit => ({
  user: visitor.user,
  pass: pass && { requestId: pass.jti, position: pass },
  admissionId: entry?.jti,
});
