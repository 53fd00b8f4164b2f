import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { withIncludes } from '#adapters/redis/script.ts';
import type * as subject from './subject.ts';

/** What the code uses from its surroundings without receiving it as an argument: time, chance and the network. */
export interface Ambient {
  setTimeout(run: (...args: unknown[]) => void, delayMs: number, ...args: unknown[]): object;
  clearTimeout(timer: unknown): void;
  sleep(delayMs: number, value?: unknown): Promise<unknown>;
  nowMs(): number;
  random(): number;
  fetch(url: string, init: RequestInit): Promise<Response>;
  timeoutSignal(delayMs: number): AbortSignal;
}

/** A text of the source and its replacement. The text must occur exactly once. */
export interface SourceChange {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The program under test, built from its sources. `ambient` belongs to the current sale. */
export interface Program {
  readonly code: typeof subject;
  readonly lua: (name: string) => string;
  ambient: Ambient | undefined;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const require = createRequire(import.meta.url);

/** Globals that would make two plays of one seed differ. */
const surroundings = {
  setTimeout: 'AMBIENT.setTimeout',
  clearTimeout: 'AMBIENT.clearTimeout',
  fetch: 'AMBIENT.fetch',
  'Math.random': 'AMBIENT.random',
  'Date.now': 'AMBIENT.nowMs',
  'AbortSignal.timeout': 'AMBIENT.timeoutSignal',
};
const substitutes: Readonly<Record<string, string>> = {
  'node:timers/promises': 'const { sleep } = AMBIENT; export { sleep as setTimeout };',
  // No client unpacks it here, and it is the most expensive call of all.
  'node:zlib': 'export const gzipSync = (bytes) => bytes;',
};
/** The worker's frame, which returns its parts instead of running them. */
const frame: Readonly<Record<string, string>> = {
  'functions/worker-runtime/lifecycle.ts':
    'export class WorkerLifecycle { constructor(_deps, _options, parts) { this.parts = parts; } }',
  'functions/worker-runtime/server.ts':
    'export const createWorkerServer = (_deps, _health, _options, addRoutes) => addRoutes;',
};

/** A listing that reads 16 partitions in turn behaves like one that reads two, and costs eight times as much. */
const fewerShards: readonly SourceChange[] = [
  { file: 'lib/contract/sale-tables.ts', find: "[...'0123456789abcdef']", replace: "['0', '1']" },
  {
    file: 'lib/contract/sale-tables.ts',
    find: 'id.charAt(0);',
    replace: "id.charAt(0) < '8' ? '0' : '1';",
  },
];

/** @throws Error if a change no longer fits the source, because a mistake that is not planted would count as found */
export async function loadProgram(mistakes: readonly SourceChange[] = []): Promise<Program> {
  const changes = [...fewerShards, ...mistakes];
  const unread = new Set(changes);
  const changed = (path: string): string => {
    let text = readFileSync(path, 'utf8');
    const file = relative(root, path);
    for (const change of changes.filter((each) => each.file === file)) {
      const parts = text.split(change.find);
      if (parts.length !== 2)
        throw new Error(`"${change.find}" occurs ${parts.length - 1} times in ${change.file}, not once`);
      text = parts.join(change.replace);
      unread.delete(change);
    }
    return text;
  };
  const luaTexts = new Map<string, string>();
  const lua = (name: string): string => {
    const known = luaTexts.get(name) ?? withIncludes(changed(`${root}lua/${name}.lua`), lua);
    luaTexts.set(name, known);
    return known;
  };
  const code = await bundle(changed);
  for (const { file } of changes) if (file.startsWith('lua/')) lua(file.slice('lua/'.length, -'.lua'.length));
  for (const { file } of unread) throw new Error(`${file} is not part of the simulated program`);

  const program: { ambient: Ambient | undefined } = { ambient: undefined };
  const now = (): Ambient => {
    if (program.ambient === undefined) throw new Error('nothing is being played');
    return program.ambient;
  };
  const ambient: Ambient = {
    setTimeout: (...given) => now().setTimeout(...given),
    clearTimeout: (timer) => now().clearTimeout(timer),
    sleep: (...given) => now().sleep(...given),
    nowMs: () => now().nowMs(),
    random: () => now().random(),
    fetch: (...given) => now().fetch(...given),
    timeoutSignal: (delayMs) => now().timeoutSignal(delayMs),
  };
  const module: { exports: unknown } = { exports: {} };
  new Function('require', 'module', 'exports', 'AMBIENT', code)(require, module, module.exports, ambient);
  return Object.assign(program, { code: module.exports as typeof subject, lua });
}

async function bundle(changed: (path: string) => string): Promise<string> {
  const built = await build({
    entryPoints: [`${root}test/simulation/sale/subject.ts`],
    absWorkingDir: root,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    define: {
      ...surroundings,
      'import.meta.url': JSON.stringify(new URL('../../../lib/adapters/redis/', import.meta.url)),
    },
    write: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'subject',
        setup(context) {
          context.onResolve({ filter: /^node:(timers\/promises|zlib)$/ }, ({ path }) => ({
            path,
            namespace: 'substitute',
          }));
          context.onLoad({ filter: /.*/, namespace: 'substitute' }, ({ path }) => ({
            contents: substitutes[path] ?? '',
          }));
          context.onLoad({ filter: /\/(lib|functions)\/.*\.ts$/ }, ({ path }) => ({
            contents: frame[relative(root, path)] ?? changed(path),
            loader: 'ts',
          }));
        },
      },
    ],
  });
  const [file] = built.outputFiles;
  if (file === undefined) throw new Error('nothing was built');
  return file.text;
}
