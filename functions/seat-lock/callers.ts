import type { FastifyRequest } from 'fastify';
import type { UrrEvent } from '#contract/event.ts';
import type { SalesRouteClass } from '#core/access/rate-limits.ts';
import { UrrError } from '#core/errors.ts';
import { eventState, opensDoors } from '#core/events/state.ts';
import { hasQueue } from '#core/queue/limit.ts';
import { addressOf } from '../worker-runtime/address.ts';
import type { LiveEvents } from '../worker-runtime/live-events.ts';
import { type Credentials, Visitors } from '../worker-runtime/visitor.ts';
import type { SeatLockDeps } from './deps.ts';

/** Who asks, by verified tokens alone. */
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

  /** The signed-in user, if they have not asked too often (C5). @throws UrrError NOT_SIGNED_IN, TOO_MANY_REQUESTS */
  async signedIn(request: FastifyRequest, routeClass: SalesRouteClass): Promise<Caller> {
    const { user } = await this.#visitors.signedIn(request.headers);
    const address = addressOf(request, this.#deps.forwardedHops);
    const retryAfterSeconds = await this.#deps.limiter.take(routeClass, user, address);
    if (retryAfterSeconds > 0)
      throw new UrrError('TOO_MANY_REQUESTS', 'too many requests, please slow down', { retryAfterSeconds });
    return { user, userId: user.slice('u.'.length) };
  }

  /** @throws UrrError EVENT_NOT_FOUND */
  async event(eventId: string): Promise<UrrEvent> {
    return this.#events.get(eventId);
  }

  /**
   * The event, where the caller may choose its seats: by entry token; by pass where tier 1 alone stands before the sale;
   * by nothing where no waiting room does. As the gate judges (lib/core/access/access.ts).
   *
   * @throws UrrError EVENT_NOT_FOUND, ENTRY_TOKEN_REQUIRED, PASS_REQUIRED, WRONG_ACCOUNT
   */
  async shopper(
    request: FastifyRequest,
    caller: Caller,
    eventId: string,
  ): Promise<{ readonly event: UrrEvent; readonly credentials: Credentials }> {
    const event = await this.event(eventId);
    const visitor = { user: caller.user, groups: [] };
    const withPass = event.mode === 'waiting-room';
    const credentials = await this.#visitors.tokens(request.headers, event, visitor, { withPass });
    if (opensDoors(eventState(event, this.#deps.nowMs()))) return { event, credentials };
    if (event.mode === 'waiting-room') {
      if (credentials.pass === undefined) throw new UrrError('PASS_REQUIRED', 'the waiting room comes first');
    } else if (credentials.entry === undefined)
      throw new UrrError('ENTRY_TOKEN_REQUIRED', 'the queue comes first');
    return { event, credentials };
  }

  /**
   * Whoever has bought or left must not go on choosing with the token of that visit: their place is somebody else's.
   * Asking the queue is a sign of life too.
   *
   * @throws UrrError ENTRY_TOKEN_REQUIRED, UNAVAILABLE
   */
  async requireInside(event: UrrEvent, caller: Caller, { entry }: Credentials): Promise<void> {
    if (!hasQueue(event, this.#deps.nowMs()) || entry === undefined) return;
    const visit = { user: caller.user, admissionId: entry.jti };
    const { standing, totals } = await this.#deps.queue.ask(event, visit);
    // Redis has just lost its data, and the limit comes with the next tick: nobody can say yet whether it is full.
    if (standing.kind === 'waiting' && totals.limit === null)
      throw new UrrError('UNAVAILABLE', 'the places inside are being counted', { retryAfterSeconds: 1 });
    if (standing.kind !== 'inside')
      throw new UrrError('ENTRY_TOKEN_REQUIRED', 'this visit is over, the queue comes first');
  }

  /**
   * For routes of what is reserved already: no entry token is needed, it may have run out on the provider's page. One that
   * is shown must be the caller's own.
   *
   * @throws UrrError WRONG_ACCOUNT
   */
  async requireNoForeignToken(request: FastifyRequest, caller: Caller, eventId: string): Promise<void> {
    const event = await this.known(eventId);
    if (event === undefined) return;
    const visitor = { user: caller.user, groups: [] };
    await this.#visitors.tokens(request.headers, event, visitor, { withPass: false });
  }

  /**
   * The shopper has bought or left: their place inside is given back. Nobody waits for it, because the answer to the buyer
   * must not depend on Redis; a place that is not given back runs out by itself.
   */
  leave(caller: Caller, eventId: string): void {
    void this.#leave(caller, eventId);
  }

  async #leave(caller: Caller, eventId: string): Promise<void> {
    try {
      const event = await this.known(eventId);
      if (event !== undefined && hasQueue(event, this.#deps.nowMs()))
        await this.#deps.queue.leave(event, caller.user);
    } catch (error) {
      this.#deps.telemetry.error('the place inside was not given back', error, { eventId });
    }
  }

  /** Undefined: the event is gone, its reservations are not. */
  async known(eventId: string): Promise<UrrEvent | undefined> {
    try {
      return await this.#events.get(eventId);
    } catch (error) {
      if (error instanceof UrrError && error.code === 'EVENT_NOT_FOUND') return undefined;
      throw error;
    }
  }
}
