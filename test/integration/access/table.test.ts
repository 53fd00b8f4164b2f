import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccessKit, startAccessKit } from '../../support/access/kit.ts';
import {
  type Answer,
  type ApiCase,
  apiAnswer,
  apiCases,
  type Case,
  cases,
  gateAnswer,
  workerAnswer,
} from '../../support/access/table.ts';

let kit: AccessKit;
beforeAll(async () => {
  kit = await startAccessKit();
});
afterAll(() => kit.stop());

const all = cases();
/** This many open requests keep one core busy. */
const atOnce = 16;

/** Runs every case, and returns those with a wrong response, in words. */
async function wrong<One extends Case | ApiCase>(
  asked: readonly One[],
  ask: (one: One) => Promise<Answer>,
  right: (one: One) => Answer,
): Promise<string[]> {
  const found: string[] = [];
  const waiting = [...asked];
  const next = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const answer = await ask(one);
      if (answer !== right(one)) found.push(`${describeCase(one)}: ${answer}, not ${right(one)}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, next));
  return found.sort();
}
const describeCase = (one: Case | ApiCase) =>
  'route' in one
    ? `${one.route.method} ${one.route.path} (${one.mode}, ${one.state}) with token: ${one.token} (${one.carrier}), account: ${one.account}`
    : `${one.call} (${one.mode}, ${one.state}, accounts only: ${one.requiresSignIn}) with ticket: ${one.ticket} (${one.carrier}), account: ${one.account}`;

describe('the access table', () => {
  it('has a fixed number of cases, so that no column is lost unnoticed', () => {
    expect([all.length, apiCases().length]).toEqual([4884, 1536]);
  });

  it('holds at the gate', async () => {
    expect(await wrong(all, kit.askGate, gateAnswer)).toEqual([]);
  });

  it('holds at the workers', async () => {
    const behind = all.filter(({ route }) => route.worker !== undefined);
    expect(await wrong(behind, kit.askWorker, workerAnswer)).toEqual([]);
  });

  it("holds at the waiting room's API", async () => {
    expect(await wrong(apiCases(), kit.askApi, apiAnswer)).toEqual([]);
  });
});
