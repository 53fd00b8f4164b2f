import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { sleepsOf } from '../support/rules/sleep-rules.ts';

const root = resolve(import.meta.dirname, '../..');

/** Files of `test` that let time pass, and why a condition cannot replace it. */
const reasons: Readonly<Record<string, string>> = {
  'test/e2e/queue.test.ts': 'a visitor stays silent for longer than the line waits for them',
  'test/e2e/resilience.test.ts': 'a tab is frozen, and a server is slow, for longer than a poll',
  'test/e2e/waiting-room.test.ts': 'paces the looks at a line that moves',
  'test/integration/queue/failures.test.ts': 'an outage lasts, and the crowd goes on polling',
  'test/integration/queue/http.test.ts': 'shows that nobody is admitted',
  'test/contest/queue-limit.test.ts': 'paces the kills',
  'test/integration/queue/limiter.test.ts': 'paces the requests',
  'test/contest/sale-race.test.ts': 'the expiry comes at a random moment of the payment',
  'test/support/sale/contest-child.ts': 'paces the rounds of a worker process',
  'test/support/sale/contest.ts': 'paces kills and failovers',
  'test/support/line/join-child.ts': 'paces the joins of a crowd',
  'test/support/time/patience.ts': 'pauses between two looks at a condition',
  'test/support/queue/crowd.ts': 'paces the polls of a crowd',
  'test/support/queue/failure-suite.ts': 'an outage lasts, and the crowd goes on polling',
  'test/support/servers/redis-cluster.ts': 'a node that is paused never answers',
  'test/support/queue/shoppers.ts': 'paces the visits of a crowd',
  'test/support/http/tcp-proxy.ts': 'what a replica hears comes late',
  'test/support/line/visitor.ts': "the page's own timers, without a browser",
};

/** Benches and load are about time. */
const files = globSync('test/**/*.ts', { cwd: root })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => !/^test\/(?:bench|load)\//.test(file));

it('a test waits for conditions: only the files listed here, each with its reason, let time pass', () => {
  const sleeping = files.filter((file) => sleepsOf(readFileSync(resolve(root, file), 'utf8')).length > 0);

  expect(sleeping.sort()).toEqual(Object.keys(reasons).sort());
});

it.each([
  ['a timer', 'await new Promise((go) => setTimeout(go, 100));'],
  ['an interval', 'setInterval(look, 100);'],
  ['a timer of the global object', 'globalThis.setTimeout(go, 100);'],
  ['a timer that is passed on', 'start({ later: setTimeout });'],
  ['timers as promises', `import { setTimeout as sleep } from 'node:timers/promises';`],
  ['a pause of the browser', 'await page.waitForTimeout(100);'],
  ['a crowd that polls for a time', 'await crowd.pollFor(1_000, 250);'],
])('reports %s', (_title, source) => {
  expect(sleepsOf(`\n${source}`)).toEqual([2]);
});

it.each([
  ["a socket's limit", 'socket.setTimeout(5_000, () => socket.destroy());'],
  ['a limit of a request', 'await fetch(url, { signal: AbortSignal.timeout(5_000) });'],
  ['a given clock', 'await deps.sleep(100); const world = { setTimeout: later };'],
  ['text', `const source = 'setTimeout(go, 100)'; // setTimeout(go, 100)`],
])('passes %s', (_title, source) => {
  expect(sleepsOf(source)).toEqual([]);
});
