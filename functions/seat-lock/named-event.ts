import type { IncomingHttpHeaders } from 'node:http';
import { eventHeader } from '#contract/token-names.ts';
import { eventOfRequest } from '#core/access/event-of-request.ts';
import { UrrError } from '#core/errors.ts';

/**
 * The event that a request without one in its path means, by the rule that the gate asks too.
 *
 * @throws UrrError BAD_REQUEST when none or several are meant
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
