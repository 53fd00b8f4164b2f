import type { UrrEvent } from '#contract/event.ts';
import type { AssignAnswer } from '#contract/line-http.ts';
import { pollBands } from '#contract/line-http.ts';
import { metrics } from '#contract/metrics.ts';
import {
  tokenCookie,
  tokenCookiePrefix,
  tokenHeader,
  tokenLifetimeSeconds,
  visitorCookie,
} from '#contract/tokens.ts';
import { visitorSubject } from '#core/access/subject.ts';
import { UrrError } from '#core/errors.ts';
import { hasWaitingRoom } from '#core/events/state.ts';
import { join } from '#core/line/join.ts';
import { networksOf, viewerAddress } from '#core/line/network.ts';
import { type Place, placeEnd } from '#core/line/place.ts';
import { bandSeconds } from '#core/line/poll.ts';
import { peopleAhead, rank, total } from '#core/line/position.ts';
import { waitInLine } from '#core/line/rate.ts';
import type { ServingState } from '#core/line/serving.ts';
import { errorResponse, type HttpRequest, type HttpResponse, json } from '../shared/http.ts';
import { setCookie } from '../shared/set-cookie.ts';
import type { VwrApiDeps } from './deps.ts';
import { identify } from './identity.ts';
import { openHint } from './open-hint.ts';
import { eventIdOf } from './parameters.ts';
import { dropSurplus } from './surplus-cookies.ts';

/** The longest that browsers keep a cookie. A visitor must be recognized for as long as a line may last. */
const visitorSeconds = 400 * 24 * 60 * 60;

/**
 * POST /vwr/assign/{eventId}: joins the line, or returns the existing place.
 *
 * validate → event → identity → existing place → network's budget → allocate → store → sign. 404 EVENT_NOT_FOUND, 404
 * WAITING_ROOM_INACTIVE (the page then lets the visitor through), 401 NOT_SIGNED_IN, 429 TOO_MANY_REQUESTS (of the network)
 * and 503 with Retry-After.
 */
export async function assign(deps: VwrApiDeps, request: HttpRequest): Promise<HttpResponse> {
  const event = await deps.lines.event(eventIdOf(request));
  if (!hasWaitingRoom(event, deps.nowMs())) {
    const refusal = new UrrError(
      'WAITING_ROOM_INACTIVE',
      'this event has no waiting room at the moment; continue without it',
    );
    return { ...errorResponse(refusal), cookies: [openHint(event.eventId)] };
  }
  // Without a key no ticket can be signed: the request must fail before it uses a number.
  await deps.keys.get();

  const identity = await identify(request, deps.signIn);
  if (event.requiresSignIn && identity.user === undefined)
    throw new UrrError('NOT_SIGNED_IN', 'this event requires sign-in; sign in to join the line');
  const isNewVisitor = identity.user === undefined && identity.visitor === undefined;
  const visitorId = isNewVisitor ? deps.newVisitorId() : undefined;
  const visitor = visitorId === undefined ? identity.visitor : visitorSubject(visitorId);
  const subject = identity.user ?? visitor;
  if (subject === undefined)
    throw new UrrError('INTERNAL', 'the request has neither an account nor a visitor id');

  const line = { eventId: event.eventId, generation: event.generation };
  const serving = await deps.lines.ensure(line, event.shards);
  // A visitor who joined before signing in keeps that place; if the event requires sign-in, the account takes it over.
  const known = [identity.user, identity.visitor];
  const { place, isNew } = await join(deps, {
    line,
    shards: serving.serving.length,
    serving: serving.serving,
    expired: serving.expired,
    subject,
    endsAt: placeEnd(event, deps.nowMs()),
    known: known.filter((one) => one !== undefined),
    isBound: event.requiresSignIn,
    numbering: async () => {
      // An account has only one place, so its joins are not counted.
      const networks = identity.user === undefined ? networksOf(addressOf(request)) : undefined;
      return networks === undefined ? 'own' : deps.joinBudget.take(line, networks);
    },
  });
  if (isNew) deps.telemetry.count(metrics.joins);

  const { token } = await deps.signer.ticket(ticketClaims(place));
  const cookies = [
    ...(visitorId === undefined ? [] : [setCookie(visitorCookie, visitorId, visitorSeconds)]),
    setCookie(tokenCookie.ticket(event.eventId), token, tokenLifetimeSeconds.ticket),
    ...dropSurplus(request, tokenCookiePrefix.ticket, tokenCookie.ticket(event.eventId)),
  ];
  return json(
    200,
    { ...answer(place, event, serving, deps.nowMs()), isSignedIn: identity.user !== undefined },
    identity.isCookieless ? { headers: { [tokenHeader.ticket]: token } } : { cookies },
  );
}

const addressOf = ({ headers, requestContext }: HttpRequest): string =>
  viewerAddress(headers['x-forwarded-for'], requestContext.http.sourceIp);

const ticketClaims = ({ eventId, subject, generation, shard, seq, requestId }: Place) => ({
  aud: eventId,
  sub: subject,
  gen: generation,
  shard,
  seq,
  jti: requestId,
});

function answer(place: Place, event: UrrEvent, line: ServingState, nowMs: number): AssignAnswer {
  const ahead = peopleAhead(place, line.issued, line.serving);
  return {
    requestId: place.requestId,
    position: rank(place, line.issued),
    place: { shard: place.shard, seq: place.seq },
    generation: place.generation,
    peopleAhead: ahead,
    estimatedWait: waitInLine(event, line, ahead, nowMs),
    servingCounter: total(line.serving),
    nextPoll: bandSeconds(pollBands, ahead),
  };
}
