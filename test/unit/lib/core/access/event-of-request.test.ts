import { describe, expect, it } from 'vitest';
import { tokenCookie, tokenHeader } from '#contract/tokens.ts';
import { eventOfRequest } from '#core/access/event-of-request.ts';
import { requestValues } from '../../../../../functions/worker-runtime/visitor.ts';
import { originEvent } from '../../../../support/access/edge-events.ts';
import { readAnswer, tokenGate } from '../../../../support/access/edge-functions.ts';
import { makeEdgeKit } from '../../../../support/access/edge-kit.ts';

const kit = makeEdgeKit();
const gate = tokenGate(kit.config, kit.nowMs);
const tokenOf = (event: string) => kit.entry({ aud: event });
const cookie = (event: string, kind: 'entry' | 'pass' = 'entry') =>
  `${tokenCookie[kind](event)}=${tokenOf(event)}`;

/** Returns the event to whose queue the gate redirects a token that opens nothing; undefined: none. */
async function namedByGate(headers: Record<string, string>): Promise<string | undefined> {
  const input = { method: 'POST', target: '/api/v1/payments/prepare', headers: Object.entries(headers) };
  const { status, redirectTo } = readAnswer(await gate(originEvent(input)));
  if (status === 400) return 'refused';
  return redirectTo === undefined || redirectTo === '/' ? undefined : redirectTo.split('/').at(-1);
}

function namedByWorker(headers: Record<string, string>): string | undefined {
  const named = eventOfRequest(requestValues(headers));
  return named.state === 'one' ? named.value : 'refused';
}

describe('gate and worker read the same event', () => {
  it.each([
    ['one entry cookie', { cookie: cookie('one-show') }, 'one-show'],
    [
      'an entry cookie before passes',
      { cookie: `${cookie('a-show', 'pass')}; ${cookie('b-show')}` },
      'b-show',
    ],
    ['a pass cookie alone', { cookie: cookie('a-show', 'pass') }, 'a-show'],
    ['a header token', { [tokenHeader.entry]: tokenOf('app-show') }, 'app-show'],
    [
      'the header, before all others',
      { cookie: cookie('one-show'), 'x-urr-event': 'named-show' },
      'named-show',
    ],
    ['cookies of two events', { cookie: `${cookie('a-show')}; ${cookie('b-show')}` }, 'refused'],
    ['a header that is no event id', { cookie: cookie('a-show'), 'x-urr-event': '../x' }, 'refused'],
  ] as const)('by %s', async (_, headers, event) => {
    expect([await namedByGate(headers), namedByWorker(headers)]).toEqual([event, event]);
  });
});
