import type { IncomingHttpHeaders } from 'node:http';
import type { UrrEvent } from '#contract/event.ts';
import { tokenHeader, visitorHeader } from '#contract/tokens.ts';
import { andThen } from '#core/and-then.ts';
import { Remembered } from '#core/queue/remembered.ts';
import type { Credentials, Visitor, VisitorSource } from '../worker-runtime/visitor.ts';

/** Cookie headers remembered, of about 2,000 characters each: some 100 MB at the most. */
const rememberedMax = 40_000;
/** Ours make about 2,000 characters. */
const headerLengthMax = 4_096;

/**
 * Found by the end of the header, where a token's signature or the visitor's secret makes it unlike all others; to hash two
 * thousand characters on each poll would cost more than all the rest. The whole header is then compared.
 */
const tailLength = 64;

interface Seen {
  readonly cookie: string;
  readonly visitor: Visitor;
  readonly eventId: string;
  readonly generation: number;
  readonly mode: UrrEvent['mode'];
  readonly credentials: Credentials;
}

/**
 * A browser that polls sends the same Cookie header each time. What was read and verified from it once is true until the
 * first of its tokens expires or the event's line changes, so it is not taken apart again.
 */
export class VisitorCache implements VisitorSource {
  readonly #source: VisitorSource;
  readonly #nowMs: () => number;
  readonly #seen = new Remembered<Seen>(rememberedMax);
  /** One request asks twice in a row. */
  #last: { readonly headers: IncomingHttpHeaders; readonly seen: Seen | undefined } | undefined;

  constructor(source: VisitorSource, nowMs: () => number) {
    this.#source = source;
    this.#nowMs = nowMs;
  }

  signedIn(headers: IncomingHttpHeaders): Visitor | Promise<Visitor> {
    const known = this.#find(headers)?.visitor;
    return known === undefined ? this.#source.signedIn(headers) : this.still(known);
  }

  still(visitor: Visitor): Visitor {
    return this.#source.still(visitor);
  }

  credentials(
    headers: IncomingHttpHeaders,
    event: UrrEvent,
    visitor: Visitor,
  ): Credentials | Promise<Credentials> {
    const seen = this.#find(headers);
    const isSame =
      seen?.visitor === visitor &&
      seen.eventId === event.eventId &&
      seen.generation === event.generation &&
      seen.mode === event.mode;
    if (seen !== undefined && isSame) return seen.credentials;
    return andThen(this.#source.credentials(headers, event, visitor), (credentials) =>
      this.#keep(headers, event, visitor, credentials),
    );
  }

  #find(headers: IncomingHttpHeaders): Seen | undefined {
    if (this.#last?.headers !== headers) this.#last = { headers, seen: this.#lookUp(headers) };
    return this.#last.seen;
  }

  #lookUp(headers: IncomingHttpHeaders): Seen | undefined {
    const cookie = cookieAlone(headers);
    if (cookie === undefined) return undefined;
    const seen = this.#seen.get(cookie.slice(-tailLength), this.#nowMs());
    return seen?.cookie === cookie ? seen : undefined;
  }

  #keep(
    headers: IncomingHttpHeaders,
    event: UrrEvent,
    visitor: Visitor,
    credentials: Credentials,
  ): Credentials {
    const cookie = cookieAlone(headers);
    const untilMs = Math.min(
      visitor.expiresAtMs ?? 0,
      (credentials.pass?.exp ?? Number.POSITIVE_INFINITY) * 1000,
      (credentials.entry?.exp ?? Number.POSITIVE_INFINITY) * 1000,
    );
    const { eventId, generation, mode } = event;
    if (cookie !== undefined)
      this.#seen.set(
        cookie.slice(-tailLength),
        { cookie, visitor, eventId, generation, mode, credentials },
        untilMs,
      );
    return credentials;
  }
}

/** The Cookie header, if nothing else of the request says who asks. */
function cookieAlone(headers: IncomingHttpHeaders): string | undefined {
  const { cookie, authorization } = headers;
  if (cookie === undefined || cookie.length > headerLengthMax || authorization !== undefined)
    return undefined;
  const isMore =
    headers[tokenHeader.pass] !== undefined ||
    headers[tokenHeader.entry] !== undefined ||
    headers[visitorHeader] !== undefined;
  return isMore ? undefined : cookie;
}
