import { publicKeys } from '#core/access/signing-keys.ts';
import { statusDocument } from '#core/line/status.ts';
import { type HttpRequest, type HttpResponse, json } from '../shared/http.ts';
import { answerPublicly } from '../shared/unknown-events.ts';
import type { VwrApiDeps } from './deps.ts';
import { eventIdOf } from './parameters.ts';

/** CloudFront serves one copy for a second, and the previous copy while it fetches the next (E8). */
const statusCaching = 'public, max-age=1, stale-while-revalidate=5';

/** GET /vwr/status/{eventId}: one document for all visitors. A 404 EVENT_NOT_FOUND is cached for a moment. */
export const status = (deps: VwrApiDeps, request: HttpRequest): Promise<HttpResponse> =>
  answerPublicly(() => knownStatus(deps, request));

async function knownStatus(deps: VwrApiDeps, request: HttpRequest): Promise<HttpResponse> {
  const event = await deps.lines.event(eventIdOf(request));
  const serving = await deps.lines.serving({ eventId: event.eventId, generation: event.generation });
  const document = statusDocument(event, serving, deps.nowMs());
  return json(200, document, { headers: { 'cache-control': statusCaching } });
}

/** GET /vwr/jwks: the public keys of URR's tokens. */
export async function jwks(deps: VwrApiDeps): Promise<HttpResponse> {
  return json(200, { keys: publicKeys(await deps.keys.get()) });
}
