import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/support/rules/slowest-first.ts';
import { patienceMs } from './test/support/time/patience-ms.ts';

/** Tells a test that hangs from a machine that is busy with something else; no test takes a tenth of it when idle. */
const hangSeconds = 1_800;

/** Kinds of test: see CONTRIBUTING.md. Folder = kind. */
const project = (name: string, include: string[], extra: object = {}) => ({
  extends: true as const,
  test: { name, include, testTimeout: hangSeconds * 1000, hookTimeout: hangSeconds * 1000, ...extra },
});

export default defineConfig({
  test: {
    // Files mostly wait for servers of their own; vitest's default leaves one of two cores idle.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: SlowestFirst },
    expect: { poll: { timeout: patienceMs, interval: 50 } },
    projects: [
      project('unit', ['test/unit/**/*.test.ts']),
      // One process: the files share each environment's synthesis, which takes seconds. A group of its own: vitest runs
      // no group whose projects want different numbers of workers.
      project('infra', ['test/infra/**/*.test.ts'], {
        isolate: false,
        fileParallelism: false,
        sequence: { groupOrder: 1 },
      }),
      project('lua', ['test/lua/**/*.test.ts']),
      project('integration', ['test/integration/**/*.test.ts']),
      // Processes that contend for one thing, busy against the clock: beside others they would measure the machine.
      project('contest', ['test/contest/**/*.test.ts'], { fileParallelism: false }),
      project('simulation', ['test/simulation/**/*.test.ts']),
      // Browsers and systems wait most of the time.
      project('e2e', ['test/e2e/**/*.test.ts'], { sequence: { groupOrder: 2 } }),
    ],
  },
});
