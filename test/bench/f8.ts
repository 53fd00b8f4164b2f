import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ensureTools } from '#local/prerequisites.ts';
import { type Figure, type FigureId, figure } from './figure.ts';

export const figures: readonly FigureId[] = ['F8.install', 'F8.start'];

const root = resolve(import.meta.dirname, '../..');
const installMsMax = 5 * 60_000;
const startMsMax = 2 * 60_000;
const stopMsMax = 30_000;
const exec = promisify(execFile);

/** A first run: clones the commit, installs with an empty npm cache, starts without earlier output. */
export async function run(): Promise<readonly Figure[]> {
  await ensureTools(['redis']);
  const folder = await mkdtemp(join(tmpdir(), 'urr-f8-'));
  try {
    const clone = join(folder, 'urr');
    await exec('git', ['clone', '--quiet', root, clone]);
    // npm must not use the settings of the npm that runs this bench.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
    const install = await timed(() =>
      exec('npm', ['ci', '--cache', join(folder, 'cache')], { cwd: clone, env, timeout: installMsMax }),
    );
    const start = await timeToReady(clone, env);
    return [
      figure(
        'F8.install',
        install,
        's',
        { atMost: 90 },
        'npm ci in a clean clone with an empty npm cache; the time depends on the registry',
      ),
      figure(
        'F8.start',
        start,
        's',
        { atMost: 20 },
        'npm start -- --seed demo in that clone to "URR is ready": synthesis, servers, seed; redis-server was installed before',
      ),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};

async function timeToReady(cwd: string, env: NodeJS.ProcessEnv): Promise<number> {
  const started = performance.now();
  // A process group of its own, so that Ctrl-C reaches all of it, as from a terminal.
  const child = spawn('npm', ['start', '--', '--port', '0', '--seed', 'demo'], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    const ready = (async () => {
      for await (const line of createInterface({ input: child.stdout })) {
        if (line.includes('URR is ready')) return (performance.now() - started) / 1000;
      }
      throw new Error('npm start ended before it was ready');
    })();
    const tooLate = delay(startMsMax, undefined, { ref: false }).then(() => {
      throw new Error(`npm start was not ready after ${startMsMax / 1000} s`);
    });
    return await Promise.race([ready, tooLate]);
  } finally {
    await stop(child.pid, ended);
  }
}

async function stop(pid: number | undefined, ended: Promise<unknown>): Promise<void> {
  if (pid === undefined) return;
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-pid, name);
    } catch {
      // The group has already ended.
    }
  };
  signal('SIGINT');
  const isLate = await Promise.race([ended.then(() => false), delay(stopMsMax, true, { ref: false })]);
  if (isLate) signal('SIGKILL');
}
