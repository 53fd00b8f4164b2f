import type { UrrEvent } from '#contract/event.ts';
import { type CheckAnswer, pollBands } from '#contract/line-http.ts';
import { metrics } from '#contract/metrics.ts';
import {
  type TicketClaims,
  tokenCookie,
  tokenCookiePrefix,
  tokenHeader,
  tokenLifetimeSeconds,
} from '#contract/tokens.ts';
import { refuseForeign } from '#core/access/same-origin.ts';
import { UrrError } from '#core/errors.ts';
import { hasWaitingRoom, wayOn } from '#core/events/state.ts';
import { takeTurn } from '#core/line/claim.ts';
import { bandSeconds } from '#core/line/poll.ts';
import { peopleAhead, rank, total } from '#core/line/position.ts';
import { waitInLine } from '#core/line/rate.ts';
import type { ServingState } from '#core/line/serving.ts';
import {
  cookieOrHeader,
  type HttpRequest,
  type HttpResponse,
  json,
  originHeaders,
  setCookie,
} from '../shared/http.ts';
import type { VwrApiDeps } from './deps.ts';
import { identify } from './identity.ts';
import { openHint } from './open-hint.ts';
import { eventIdOf, requestIdOf } from './parameters.ts';
import { dropSurplus } from './surplus-cookies.ts';

/**
 * GET /vwr/check/{eventId}/{id}: is it my turn? Gives the pass.
 *
 * Waiting room off: everyone is let through, ticket or not. 401 NOT_SIGNED_IN when the ticket or the event asks for an
 * account, 403 TICKET_REQUIRED without a good ticket (assign gives one), WRONG_ACCOUNT when it is someone else's, FORBIDDEN
 * when it is for another request id.
 */
export async function check(deps: VwrApiDeps, request: HttpRequest): Promise<HttpResponse> {
  // A GET that takes the turn and gives the pass: no other site's page may make the visitor's browser take it.
  refuseForeign(originHeaders(request), deps.siteUrl);
  const event = await deps.lines.event(eventIdOf(request));
  const requestId = requestIdOf(request);
  const nowMs = deps.nowMs();
  if (!hasWaitingRoom(event, nowMs)) {
    const answer: CheckAnswer = { state: 'admitted', redirectTo: wayOn(event.eventId, event.mode) };
    return json(200, answer, { cookies: [openHint(event.eventId)] });
  }

  const { ticket, isCookieless } = await presentedTicket(deps, request, event);
  if (ticket.jti !== requestId) throw new UrrError('FORBIDDEN', 'the ticket is for another request');
  if (ticket.gen < event.generation) return answered({ state: 'superseded' });
  // Our copy of the event is a second old: the line was reset within it.
  if (ticket.gen > event.generation)
    throw new UrrError('UNAVAILABLE', 'the line was reset just now', { retryAfterSeconds: 1 });

  const line = { eventId: event.eventId, generation: event.generation };
  const serving = await deps.lines.ensure(line, event.shards);
  const holder = { line, subject: ticket.sub, requestId, shard: ticket.shard, seq: ticket.seq };
  const turn = await takeTurn(deps, holder, serving, nowMs);
  if (turn.kind === 'waiting') return answered(waiting(ticket, event, serving, nowMs));
  if (turn.kind === 'expired') return answered({ state: 'expired' });
  if (turn.isFirst) await countClaim(deps, holder);
  return admit(deps, event, ticket, isCookieless ? undefined : request);
}

const isAccount = (subject: string): boolean => subject.startsWith('u.');

const answered = (answer: CheckAnswer) => json(200, answer);

async function presentedTicket(deps: VwrApiDeps, request: HttpRequest, event: UrrEvent) {
  const presented = cookieOrHeader(request, tokenCookie.ticket(event.eventId), tokenHeader.ticket);
  const verified = presented && (await deps.verifier.ticket(presented.value, event.eventId));
  if (presented === undefined || verified?.kind !== 'valid')
    throw new UrrError('TICKET_REQUIRED', 'stand in line first');
  const ticket = verified.claims;
  const { user, visitor } = await identify(request, deps.signIn);
  // Those too who joined before the event asked for an account: their place is kept, and assign makes it the account's.
  if (user === undefined && (event.requiresSignIn || isAccount(ticket.sub)))
    throw new UrrError('NOT_SIGNED_IN', 'sign in to go on; your place is kept');
  if (event.requiresSignIn && ticket.sub === visitor)
    throw new UrrError('TICKET_REQUIRED', 'stand in line as the account; your place is kept');
  if (ticket.sub !== user && ticket.sub !== visitor)
    throw new UrrError('WRONG_ACCOUNT', 'this ticket belongs to someone else');
  return { ticket, isCookieless: presented.from === 'header' };
}

function waiting(ticket: TicketClaims, event: UrrEvent, line: ServingState, nowMs: number): CheckAnswer {
  const ahead = peopleAhead(ticket, line.issued, line.serving);
  return {
    state: 'waiting',
    position: rank(ticket, line.issued),
    peopleAhead: ahead,
    servingCounter: total(line.serving),
    estimatedWait: waitInLine(event, line, ahead, nowMs),
    nextPoll: bandSeconds(pollBands, ahead),
  };
}

/** The count feeds the no-show share alone: a visitor must not lose a turn because it failed. */
async function countClaim(
  deps: VwrApiDeps,
  holder: { line: { eventId: string; generation: number }; shard: number },
) {
  deps.telemetry.count(metrics.passes);
  try {
    await deps.counters.addClaimed(holder.line, holder.shard);
  } catch (error) {
    deps.telemetry.warn('a claim was not counted', { eventId: holder.line.eventId, reason: nameOf(error) });
  }
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : typeof error);

/** @param browser the request, if its client keeps tokens as cookies */
async function admit(
  deps: VwrApiDeps,
  event: UrrEvent,
  ticket: TicketClaims,
  browser: HttpRequest | undefined,
) {
  const { aud, sub, gen, shard, seq, jti } = ticket;
  const { token, expiresAtMs } = await deps.signer.pass({ aud, sub, gen, shard, seq, jti });
  const answer: CheckAnswer = {
    state: 'admitted',
    redirectTo: wayOn(event.eventId, event.mode),
    passExpiresAt: new Date(expiresAtMs).toISOString(),
  };
  if (browser === undefined) return json(200, answer, { headers: { [tokenHeader.pass]: token } });
  const name = tokenCookie.pass(event.eventId);
  const surplus = dropSurplus(browser, tokenCookiePrefix.pass, name);
  return json(200, answer, { cookies: [setCookie(name, token, tokenLifetimeSeconds.pass), ...surplus] });
}
