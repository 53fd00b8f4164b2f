import { queueApiPrefix } from '#contract/queue-http.ts';
import { isForeign } from '#core/access/same-origin.ts';
import type { Telemetry } from '../shared/telemetry.ts';
import { originHeaders, refusalAnswer, type Shortcut, sendJson } from '../worker-runtime/server.ts';
import type { Polls } from './polls.ts';

const checkPath = `${queueApiPrefix}/check/`;
const statusPath = `${queueApiPrefix}/status/`;
const plainId = /^[a-z0-9-]+$/;

/**
 * Responds to check and status, as browsers send them, before the framework: its request, reply, hooks and serializer are a
 * twelfth of the cost of a poll (docs/adr/0056). An unusual request goes to the routes, which respond in the same way.
 */
export const pollShortcut =
  (
    polls: Polls,
    { telemetry, siteUrl }: { readonly telemetry: Telemetry; readonly siteUrl: string },
  ): Shortcut =>
  (request, response) => {
    const { url = '', method } = request;
    const isCheck =
      method === 'POST' && url.startsWith(checkPath) && request.headers['content-length'] === '0';
    if (!isCheck && !(method === 'GET' && url.startsWith(statusPath))) return false;
    // A path with a query, an escape or another segment is left to the routes.
    const eventId = url.slice(isCheck ? checkPath.length : statusPath.length);
    if (!plainId.test(eventId)) return false;
    // The routes refuse requests from pages of other sites.
    if (isCheck && isForeign(originHeaders(request.headers), siteUrl)) return false;
    polls.poll(
      isCheck ? 'enter' : 'heartbeat',
      request,
      eventId,
      ({ answer, header }) => sendJson(response, 200, answer, header),
      (refusal) => {
        const { status, body, header } = refusalAnswer(refusal, telemetry);
        sendJson(response, status, body, header);
      },
    );
    return true;
  };
