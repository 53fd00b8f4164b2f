import type { IncomingHttpHeaders } from 'node:http';
import { eventHeader } from '#contract/token-names.ts';
import { eventOfRequest } from '#core/access/event-of-request.ts';
import { UrrError } from '#core/errors.ts';

/**
 * Returns the event of a request without an event in its path, by the same rule as the gate.
 *
 * @throws UrrError BAD_REQUEST when the request names no event or several
 */
export function namedEvent(headers: IncomingHttpHeaders): string {
  const event = eventOfRequest({
    header: (name) => [headers[name] ?? []].flat(),
    cookies: (headers.cookie ?? '').split(';').map((pair) => {
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      return { name: name.trim(), value: value.trim() };
    }),
  });
  if (event.state !== 'one') throw new UrrError('BAD_REQUEST', `header ${eventHeader} must name the event`);
  return event.eventId;
}
