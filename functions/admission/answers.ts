import type { UrrEvent } from '#contract/event.ts';
import type { QueueAnswer } from '#contract/queue-http.ts';
import { type PassClaims, tokenCookie, tokenHeader, tokenLifetimeSeconds } from '#contract/tokens.ts';
import { eventState } from '#core/events/state.ts';
import { ExpiringCache } from '#core/expiring-cache.ts';
import { absentAnswer, admittedAnswer, type ShownEvent, waitingAnswer } from '#core/queue/answer.ts';
import type { QueueReply } from '#core/queue/ports.ts';
import { setCookie } from '../shared/set-cookie.ts';
import type { Credentials } from '../worker-runtime/visitor.ts';
import type { AdmissionDeps } from './deps.ts';

/** A pass with less time left is renewed. Longer than the slowest poll and a throttled tab together. */
const renewBelowMs = 4 * 60_000;
/** An entry token of this age is signed again, so that a shopper's token always has most of its lifetime left. */
const entryKeptMs = 20_000;
const entriesMax = 20_000;

interface Entry {
  readonly token: string;
  readonly expiresAtMs: number;
}

/** A header's name and value. */
export type Header = readonly [name: string, value: string];

export interface PollAnswer {
  readonly answer: QueueAnswer;
  /** Carries a new token; undefined: the token is unchanged. */
  readonly header?: Header;
}

/** Builds the response from the queue's reply, and signs the tokens in it. */
export class Answers {
  readonly #deps: Pick<AdmissionDeps, 'signer' | 'nowMs'>;
  readonly #entries = new ExpiringCache<Entry>(entriesMax);

  constructor(deps: Pick<AdmissionDeps, 'signer' | 'nowMs'>) {
    this.#deps = deps;
  }

  build(
    event: UrrEvent,
    user: string,
    credentials: Credentials,
    { standing, totals }: QueueReply,
  ): PollAnswer | Promise<PollAnswer> {
    const nowMs = this.#deps.nowMs();
    const shown: ShownEvent = {
      eventId: event.eventId,
      threshold: event.threshold,
      state: eventState(event, nowMs),
    };
    switch (standing.kind) {
      case 'absent':
        return { answer: absentAnswer(shown, totals) };
      case 'waiting': {
        const answer = waitingAnswer(shown, standing.rank, totals);
        const { pass } = credentials;
        if (pass === undefined || pass.exp * 1000 - nowMs > renewBelowMs) return { answer };
        return this.#renewPass(pass, credentials.isCookieless).then((header) => ({ answer, header }));
      }
      case 'inside':
        return this.#entry(event, user, standing.admissionId, nowMs).then(({ token, expiresAtMs }) => {
          const { isCookieless } = credentials;
          const shownEntry = { token: isCookieless ? token : undefined, expiresAtMs };
          return {
            answer: admittedAnswer(shown, standing.admissionId, shownEntry, totals),
            header: isCookieless
              ? [tokenHeader.entry, token]
              : cookie(tokenCookie.entry(event.eventId), token, expiresAtMs - nowMs),
          };
        });
    }
  }

  async #entry(event: UrrEvent, user: string, admissionId: string, nowMs: number): Promise<Entry> {
    const key = `${event.eventId} ${user} ${admissionId}`;
    const known = this.#entries.get(key, nowMs);
    if (known !== undefined) return known;
    const claims = { aud: event.eventId, sub: user, gen: event.generation, jti: admissionId };
    const entry = await this.#deps.signer.entry(claims);
    this.#entries.set(key, entry, nowMs + entryKeptMs);
    return entry;
  }

  /** Returns the same pass with a new expiry, because a visitor may wait here longer than a pass lives. */
  async #renewPass(pass: PassClaims, isCookieless: boolean): Promise<Header> {
    const { token } = await this.#deps.signer.pass(samePlace(pass));
    if (isCookieless) return [tokenHeader.pass, token];
    return cookie(tokenCookie.pass(pass.aud), token, tokenLifetimeSeconds.pass * 1000);
  }
}

/** Removes the entry cookie when the visit has ended. */
export const clearedEntryCookie = (eventId: string): Header => cookie(tokenCookie.entry(eventId), '', 0);

const samePlace = ({ aud, sub, gen, shard, seq, jti }: PassClaims) => ({ aud, sub, gen, shard, seq, jti });

const cookie = (name: string, value: string, lifeMs: number): Header => [
  'set-cookie',
  setCookie(name, value, Math.floor(lifeMs / 1000)),
];
