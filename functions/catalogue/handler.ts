import type { Cached } from '#adapters/cached.ts';
import { eventIdSchema } from '#contract/event.ts';
import type { CatalogueAnswer } from '#contract/line-http.ts';
import { UrrError } from '#core/errors.ts';
import { listCatalogue, toCatalogueEvent } from '#core/events/catalogue.ts';
import type { LiveEvents } from '#core/events/ports.ts';
import { parseInput } from '#core/parse.ts';
import { type HttpRequest, type HttpResponse, json } from '../shared/http.ts';
import { createHttpHandler, type PipelineDeps, type Route } from '../shared/pipeline.ts';
import { answerPublicly, cacheUnknown } from '../shared/unknown-events.ts';
import { formatCursor, parseQuery } from './query.ts';
import { type StatisticsDeps, statistics } from './statistics.ts';

export interface CatalogueDeps extends Omit<PipelineDeps, 'routes'>, StatisticsDeps {
  readonly live: Pick<Cached<LiveEvents>, 'get'>;
}

/** An organizer's change reaches every page within seconds, and a crowd on an event page does not load the table. */
const publicly = { 'cache-control': 'public, max-age=5' };

/** Public events and their statistics (contract/line-http.ts). */
export function makeHandler(deps: CatalogueDeps) {
  const get = cacheUnknown((eventId) => deps.events.get(eventId), deps.nowMs);
  const known: CatalogueDeps = { ...deps, events: { get } };
  return createHttpHandler({
    ...deps,
    routes: {
      'GET /api/v1/events': (request) => list(deps, request),
      'GET /api/v1/events/{eventId}': (request) => answerPublicly(() => detail(known, request)),
      'GET /api/v1/stats/{eventId}': (request) => answerPublicly(() => statistics(known, request)),
    } satisfies Record<string, Route>,
  });
}

async function list(deps: CatalogueDeps, request: HttpRequest): Promise<HttpResponse> {
  const query = parseQuery(request.rawQueryString);
  const { events } = await deps.live.get();
  const page = listCatalogue(events, query, deps.nowMs());
  const answer: CatalogueAnswer = {
    events: page.events,
    ...(page.next === undefined ? {} : { cursor: formatCursor(page.next) }),
  };
  return json(200, answer, { headers: publicly });
}

async function detail(deps: CatalogueDeps, request: HttpRequest): Promise<HttpResponse> {
  const eventId = parseInput(eventIdSchema, request.pathParameters.eventId, 'event id');
  const event = await deps.events.get(eventId);
  if (event === undefined) throw new UrrError('EVENT_NOT_FOUND', 'this event does not exist');
  return json(200, toCatalogueEvent(event, deps.nowMs()), { headers: publicly });
}
