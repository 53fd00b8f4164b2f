import { describe, expect, it } from 'vitest';
import { type BadInput, badInputs, goodInput, rawRequest } from '../../support/access/bad-inputs.ts';
import { originEvent, viewerEvent } from '../../support/access/edge-events.ts';
import { canonicalPathFunction, readAnswer, tokenGate } from '../../support/access/edge-functions.ts';
import { makeEdgeKit } from '../../support/access/edge-kit.ts';

const kit = makeEdgeKit();
const canonicalPath = canonicalPathFunction();
const gate = tokenGate(kit.config, kit.nowMs);
const inputs = badInputs(kit);

/** Passes an input through both functions in turn, as CloudFront does. */
async function through(input: BadInput) {
  const first = readAnswer(canonicalPath(viewerEvent(input)));
  return first.status === 0 ? readAnswer(await gate(originEvent(input, first.uri))) : first;
}

describe('a bad input reaches no origin and causes no server error', () => {
  it('each number from 1 to 45 has inputs', () => {
    const numbers = new Set(inputs.map(({ number }) => number));
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 45 }, (_, index) => index + 1));
  });

  /** To the waiting room, or to the sign-in for the token of an account. */
  const ways = [`/vwr/${kit.eventId}`, `/sign-in?next=/queue/${kit.eventId}`];

  it('the same visitor with a valid pass and no bad input is forwarded', async () => {
    expect(await through(goodInput(kit))).toMatchObject({ status: 0, uri: goodInput(kit).target });
  });

  it.each(inputs)('input $number, $name: refused by the edge', async (input) => {
    const answer = await through(input);
    expect(input.statuses).toContain(answer.status);
    if (answer.status === 302) expect(ways).toContain(answer.location);
    expect(JSON.stringify(answer)).not.toMatch(/evil|javascript:/);
  });

  it.each(inputs)(
    'input $number, $name: refused by the gate alone, as if the function had not run',
    async (input) => {
      const answer = readAnswer(await gate(originEvent(input)));
      expect(input.statuses).toContain(answer.status);
      if (answer.status === 302) expect(ways).toContain(answer.location);
    },
  );

  it('a raw request is sent byte by byte as listed', () => {
    const [input] = inputs;
    if (input === undefined) throw new Error('no inputs');
    expect(rawRequest(input, 'localhost').toString('latin1')).toMatch(
      /^GET \/api\/\/seats HTTP\/1\.1\r\nHost: localhost\r\nConnection: close\r\nCookie: [^\r\n]+\r\n\r\n$/,
    );
  });
});
