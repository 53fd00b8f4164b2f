import type { IncomingHttpHeaders } from 'node:http';
import type { UrrEvent } from '#contract/event.ts';
import { tokenHeader, visitorHeader } from '#contract/tokens.ts';
import { andThen } from '#core/and-then.ts';
import { ExpiringCache } from '#core/expiring-cache.ts';
import type { Credentials, Visitor, VisitorSource } from '../worker-runtime/visitor.ts';

/** Most Cookie headers remembered. At about 2,000 characters each they take at most about 100 MB. */
const cachedMax = 40_000;
/** Longer Cookie headers are not remembered. URR's cookies take about 2,000 characters. */
const headerLengthMax = 4_096;

/**
 * The key is the end of the header, which a token's signature or the visitor's secret makes unique. Hashing 2,000
 * characters per poll would cost more than the rest of the poll. The whole header is then compared.
 */
const tailLength = 64;

interface CachedRequest {
  readonly cookie: string;
  readonly visitor: Visitor;
  readonly eventId: string;
  readonly generation: number;
  readonly credentials: Credentials;
}

/**
 * A polling browser sends the same Cookie header each time. Its parsed and verified values stay valid until the first of its
 * tokens expires or the event's line changes, so they are kept.
 */
export class VisitorCache implements VisitorSource {
  readonly #source: VisitorSource;
  readonly #nowMs: () => number;
  readonly #requests = new ExpiringCache<CachedRequest>(cachedMax);
  /** One request looks its header up twice in a row. */
  #last: { readonly headers: IncomingHttpHeaders; readonly cached: CachedRequest | undefined } | undefined;

  constructor(source: VisitorSource, nowMs: () => number) {
    this.#source = source;
    this.#nowMs = nowMs;
  }

  requireSignedIn(headers: IncomingHttpHeaders): Visitor | Promise<Visitor> {
    const known = this.#find(headers)?.visitor;
    return known === undefined ? this.#source.requireSignedIn(headers) : this.requireActive(known);
  }

  requireActive(visitor: Visitor): Visitor {
    return this.#source.requireActive(visitor);
  }

  verifyTokens(
    headers: IncomingHttpHeaders,
    event: UrrEvent,
    visitor: Visitor,
  ): Credentials | Promise<Credentials> {
    const cached = this.#find(headers);
    const isSame =
      cached?.visitor === visitor &&
      cached.eventId === event.eventId &&
      cached.generation === event.generation;
    if (cached !== undefined && isSame) return cached.credentials;
    return andThen(this.#source.verifyTokens(headers, event, visitor), (credentials) =>
      this.#keep(headers, event, visitor, credentials),
    );
  }

  #find(headers: IncomingHttpHeaders): CachedRequest | undefined {
    if (this.#last?.headers !== headers) this.#last = { headers, cached: this.#lookUp(headers) };
    return this.#last.cached;
  }

  #lookUp(headers: IncomingHttpHeaders): CachedRequest | undefined {
    const cookie = cookieAlone(headers);
    if (cookie === undefined) return undefined;
    const cached = this.#requests.get(cookie.slice(-tailLength), this.#nowMs());
    return cached?.cookie === cookie ? cached : undefined;
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
    const { eventId, generation } = event;
    if (cookie !== undefined)
      this.#requests.set(
        cookie.slice(-tailLength),
        { cookie, visitor, eventId, generation, credentials },
        untilMs,
      );
    return credentials;
  }
}

/** Returns the Cookie header if no other header identifies the visitor. */
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
