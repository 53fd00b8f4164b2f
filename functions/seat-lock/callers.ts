import type { FastifyRequest } from 'fastify';
import type { UrrEvent } from '#contract/event.ts';
import { eventHeader } from '#contract/token-names.ts';
import type { LineToken } from '#core/access/decision.ts';
import { eventOfRequest } from '#core/access/event-of-request.ts';
import type { SalesRouteClass } from '#core/access/rate-limits.ts';
import { requireOpener } from '#core/access/require.ts';
import { UrrError } from '#core/errors.ts';
import { hasQueue } from '#core/queue/limit.ts';
import { addressOf } from '../worker-runtime/address.ts';
import type { LiveEvents } from '../worker-runtime/live-events.ts';
import { type Credentials, requestValues, Visitors } from '../worker-runtime/visitor.ts';
import type { SeatLockDeps } from './deps.ts';

/** The account of a request, from verified tokens alone. */
export interface Caller {
  /** OpenID Connect subject. */
  readonly userId: string;
  /** `u.` + subject, as tokens and the queue name them. */
  readonly user: string;
}

/** Returns the caller of a request, or throws if the caller may not make it. */
export class Callers {
  readonly #deps: SeatLockDeps;
  readonly #events: LiveEvents;
  readonly #visitors: Visitors;

  constructor(deps: SeatLockDeps, events: LiveEvents) {
    this.#deps = deps;
    this.#events = events;
    this.#visitors = new Visitors(deps);
  }

  /** Returns the signed-in user, and counts the request (C5). @throws UrrError NOT_SIGNED_IN, TOO_MANY_REQUESTS */
  async requireSignedIn(request: FastifyRequest, routeClass: SalesRouteClass): Promise<Caller> {
    const { user } = await this.#visitors.requireSignedIn(request.headers);
    const address = addressOf(request, this.#deps.forwardedHops);
    const retryAfterSeconds = await this.#deps.limiter.take(routeClass, user, address);
    if (retryAfterSeconds > 0)
      throw new UrrError('TOO_MANY_REQUESTS', 'too many requests; please wait, then try again', {
        retryAfterSeconds,
      });
    return { user, userId: user.slice('u.'.length) };
  }

  /** @throws UrrError EVENT_NOT_FOUND */
  async getEvent(eventId: string): Promise<UrrEvent> {
    return this.#events.get(eventId);
  }

  /**
   * Returns the id of the event that a request without one in its path names, as the gate reads it.
   *
   * @throws UrrError BAD_REQUEST when none or several are named
   */
  eventIdOf(request: FastifyRequest): string {
    const named = eventOfRequest(requestValues(request.headers));
    if (named.state === 'one') return named.value;
    throw new UrrError('BAD_REQUEST', `header ${eventHeader} must name the event`);
  }

  /**
   * Returns the event if the caller may choose its seats (lib/core/access/decision.ts).
   *
   * @throws UrrError EVENT_NOT_FOUND, ENTRY_TOKEN_REQUIRED, PASS_REQUIRED, WRONG_ACCOUNT
   */
  async requireShopper(
    request: FastifyRequest,
    caller: Caller,
    eventId: string,
  ): Promise<{ readonly event: UrrEvent; readonly credentials: Credentials }> {
    const event = await this.getEvent(eventId);
    // Reading a pass binds it to the account, so it is read only where it opens the sale.
    const kinds = event.mode === 'waiting-room' ? (['pass'] as const) : (['entry'] as const);
    const credentials = await this.#verifyTokens(request, caller, event, kinds);
    requireOpener('entry', event, credentials, this.#deps.nowMs());
    return { event, credentials };
  }

  /**
   * Refuses a shopper who has bought or left and still has the token of that visit: another shopper has the place. The
   * call also counts as a heartbeat.
   *
   * @throws UrrError ENTRY_TOKEN_REQUIRED, UNAVAILABLE
   */
  async requireInside(event: UrrEvent, caller: Caller, { entry }: Credentials): Promise<void> {
    if (!hasQueue(event, this.#deps.nowMs()) || entry === undefined) return;
    const visit = { user: caller.user, admissionId: entry.jti };
    const { standing, totals } = await this.#deps.queue.heartbeat(event, visit);
    // Redis has lost its data, and the limit comes with the next tick: until then it is unknown whether there is room.
    if (standing.kind === 'waiting' && totals.limit === null)
      throw new UrrError('UNAVAILABLE', 'the queue is being rebuilt; please try again', {
        retryAfterSeconds: 1,
      });
    if (standing.kind !== 'inside')
      throw new UrrError('ENTRY_TOKEN_REQUIRED', 'this visit has ended; join the queue again');
  }

  /**
   * For routes of existing reservations. They need no entry token, because it may have expired on the provider's page; a
   * presented token must be the caller's own.
   *
   * @throws UrrError WRONG_ACCOUNT
   */
  async requireNoForeignToken(request: FastifyRequest, caller: Caller, eventId: string): Promise<void> {
    const event = await this.findEvent(eventId);
    if (event === undefined) return;
    await this.#verifyTokens(request, caller, event, ['entry']);
  }

  #verifyTokens({ headers }: FastifyRequest, { user }: Caller, event: UrrEvent, kinds: readonly LineToken[]) {
    return this.#visitors.verifyTokens(headers, event, { user, groups: [] }, kinds);
  }

  /**
   * Releases the place inside of a shopper who has bought or left. Not awaited, because the response to the buyer must not
   * depend on Redis; a place that is not released expires.
   */
  leave(caller: Caller, eventId: string): void {
    void this.#leave(caller, eventId);
  }

  async #leave(caller: Caller, eventId: string): Promise<void> {
    try {
      const event = await this.findEvent(eventId);
      if (event !== undefined && hasQueue(event, this.#deps.nowMs()))
        await this.#deps.queue.leave(event, caller.user);
    } catch (error) {
      this.#deps.telemetry.error(
        'the place inside was not released; it stays taken until it expires',
        error,
        { eventId },
      );
    }
  }

  /** Returns undefined for a deleted event, whose reservations still exist. */
  async findEvent(eventId: string): Promise<UrrEvent | undefined> {
    try {
      return await this.#events.get(eventId);
    } catch (error) {
      if (error instanceof UrrError && error.code === 'EVENT_NOT_FOUND') return undefined;
      throw error;
    }
  }
}
