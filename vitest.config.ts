import { defineConfig } from 'vitest/config';

/** Kinds of test: see CONTRIBUTING.md. Folder = kind. */
const project = (name: string, include: string[], timeoutSeconds: number, extra: object = {}) => ({
  extends: true as const,
  test: { name, include, testTimeout: timeoutSeconds * 1000, hookTimeout: timeoutSeconds * 1000, ...extra },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', ['test/unit/**/*.test.ts'], 30),
      // One process: the files share each environment's synthesis, which takes seconds.
      project('infra', ['test/infra/**/*.test.ts'], 120, { isolate: false, fileParallelism: false }),
      project('lua', ['test/lua/**/*.test.ts'], 60),
      project('integration', ['test/integration/**/*.test.ts'], 120),
      project('simulation', ['test/simulation/**/*.test.ts'], 120),
      project('e2e', ['test/e2e/**/*.test.ts'], 180, { fileParallelism: false }),
    ],
  },
});
