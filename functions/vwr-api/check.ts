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
import { isAccount, judgeToken } from '#core/access/decision.ts';
import { presentedToken } from '#core/access/presented.ts';
import { refuseForeign } from '#core/access/same-origin.ts';
import { UrrError } from '#core/errors.ts';
import { hasWaitingRoom, nextPagePath } from '#core/events/state.ts';
import { claimIfCalled } from '#core/line/claim.ts';
import { bandSeconds } from '#core/line/poll.ts';
import { peopleAhead, rank, total } from '#core/line/position.ts';
import { waitInLine } from '#core/line/rate.ts';
import type { ServingState } from '#core/line/serving.ts';
import { type HttpRequest, type HttpResponse, json, originHeaders, requestValues } from '../shared/http.ts';
import { onlyValue } from '../shared/only-value.ts';
import { setCookie } from '../shared/set-cookie.ts';
import type { VwrApiDeps } from './deps.ts';
import { identify } from './identity.ts';
import { openHint } from './open-hint.ts';
import { eventIdOf, requestIdOf } from './parameters.ts';
import { dropSurplus } from './surplus-cookies.ts';

/**
 * GET /vwr/check/{eventId}/{id}: returns the pass if the place has been called.
 *
 * With the waiting room off every visitor passes, with or without a ticket. 401 NOT_SIGNED_IN when the ticket or the event
 * requires an account, 403 TICKET_REQUIRED without a valid ticket (assign returns one), WRONG_ACCOUNT when it belongs to
 * another visitor, FORBIDDEN when it is for another request id.
 */
export async function check(deps: VwrApiDeps, request: HttpRequest): Promise<HttpResponse> {
  // This GET claims the call and sets the pass: no page of another site may make the visitor's browser send it.
  refuseForeign(originHeaders(request), deps.siteUrl);
  const event = await deps.lines.event(eventIdOf(request));
  const requestId = requestIdOf(request);
  const nowMs = deps.nowMs();
  if (!hasWaitingRoom(event, nowMs)) {
    const answer: CheckAnswer = { state: 'admitted', redirectTo: nextPagePath(event.eventId, event.mode) };
    return json(200, answer, { cookies: [openHint(event.eventId)] });
  }

  const { ticket, isCookieless } = await presentedTicket(deps, request, event);
  if (ticket.jti !== requestId)
    throw new UrrError('FORBIDDEN', 'the ticket is for another request id; use the id of the ticket');
  if (ticket.gen < event.generation) return answered({ state: 'superseded' });
  // The cached event is up to a second old: the line was reset since then.
  if (ticket.gen > event.generation)
    throw new UrrError('UNAVAILABLE', 'the line has just been reset; please try again', {
      retryAfterSeconds: 1,
    });

  const line = { eventId: event.eventId, generation: event.generation };
  const serving = await deps.lines.ensure(line, event.shards);
  const holder = { line, subject: ticket.sub, requestId, shard: ticket.shard, seq: ticket.seq };
  const turn = await claimIfCalled(deps, holder, serving, nowMs);
  if (turn.kind === 'waiting') return answered(waiting(ticket, event, serving, nowMs));
  if (turn.kind === 'expired') return answered({ state: 'expired' });
  if (turn.isFirst) await countClaim(deps, holder);
  return admit(deps, event, ticket, isCookieless ? undefined : request);
}

const answered = (answer: CheckAnswer) => json(200, answer);

async function presentedTicket(deps: VwrApiDeps, request: HttpRequest, event: UrrEvent) {
  const shown = onlyValue(
    presentedToken(requestValues(request), 'ticket', event.eventId),
    tokenHeader.ticket,
  );
  const ticket = shown && (await deps.verifier('ticket', shown.value, event.eventId));
  if (ticket === undefined)
    throw new UrrError('TICKET_REQUIRED', 'a ticket is required; join the line first');
  const { user, visitor } = await identify(request, deps.signIn);
  // Applies also to visitors who joined before the event required sign-in: assign moves their place to the account.
  if (user === undefined && (event.requiresSignIn || isAccount(ticket.sub)))
    throw new UrrError('NOT_SIGNED_IN', 'sign in to continue; your place is kept');
  if (event.requiresSignIn && ticket.sub === visitor)
    throw new UrrError('TICKET_REQUIRED', 'join the line again as this account; your place is kept');
  // The owner alone is compared: the caller answers for a ticket of an older or newer line.
  if (judgeToken(ticket, ticket.gen, { user, visitor }) !== 'own')
    throw new UrrError('WRONG_ACCOUNT', 'this ticket belongs to another visitor; join the line again');
  return { ticket, isCookieless: shown?.isHeader ?? false };
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

/** Counts a claim, only for the share of missed calls. A failed count must not cost the visitor the call. */
async function countClaim(
  deps: VwrApiDeps,
  holder: { line: { eventId: string; generation: number }; shard: number },
) {
  deps.telemetry.count(metrics.passes);
  try {
    await deps.counters.addClaimed(holder.line, holder.shard);
  } catch (error) {
    deps.telemetry.warn('a claim was not counted; the share of missed calls is slightly too high', {
      eventId: holder.line.eventId,
      reason: nameOf(error),
    });
  }
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : typeof error);

/** @param browser the request, if its client keeps tokens in cookies */
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
    redirectTo: nextPagePath(event.eventId, event.mode),
    passExpiresAt: new Date(expiresAtMs).toISOString(),
  };
  if (browser === undefined) return json(200, answer, { headers: { [tokenHeader.pass]: token } });
  const name = tokenCookie.pass(event.eventId);
  const surplus = dropSurplus(browser, tokenCookiePrefix.pass, name);
  return json(200, answer, { cookies: [setCookie(name, token, tokenLifetimeSeconds.pass), ...surplus] });
}
