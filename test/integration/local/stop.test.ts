import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '#local/state-file.ts';
import { startSystem } from '#local/system.ts';
import { allGone, descendants } from '../../support/servers/processes.ts';
import { patienceMs } from '../../support/time/patience-ms.ts';

/** Starts the program of `npm start`, and waits for its ready line. */
async function startProgram(...args: string[]): Promise<{ child: ChildProcess; lines: string[] }> {
  const child = spawn(process.execPath, ['bin/local.ts', '--port', '0', ...args], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const hang = AbortSignal.timeout(patienceMs);
  const kill = () => child.kill('SIGKILL');
  hang.addEventListener('abort', kill);
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (line.startsWith('URR is ready: http://localhost:')) {
        child.stdout?.on('data', () => {}); // Read to the end, because a full pipe would stop the program.
        return { child, lines };
      }
    }
    throw new Error(`not ready:\n${lines.join('\n')}`);
  } finally {
    hang.removeEventListener('abort', kill);
  }
}

describe('npm start', () => {
  it('leaves no process and no server behind after a stop', async () => {
    const before = await descendants(process.pid);
    const system = await startSystem({ quiet: true, stateFile: false });
    const started = (await descendants(process.pid)).filter((pid) => !before.includes(pid));
    expect(started.length).toBeGreaterThan(4);
    await system.stop();
    expect(await allGone(started)).toEqual([]);
    await expect(fetch(system.url)).rejects.toThrow();
    await expect(fetch(system.endpoints.dynamodb)).rejects.toThrow();
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('stops cleanly on %s', async (signal) => {
    const { child } = await startProgram();
    const started = await descendants(child.pid ?? 0);
    const exit = once(child, 'exit');
    // Twice at once, because one Ctrl-C arrives from the terminal and from npm.
    child.kill(signal);
    child.kill(signal);
    expect(await exit).toEqual([0, null]);
    expect(await allGone(started)).toEqual([]);
  });

  it('takes its processes with it if it is killed', async () => {
    const { child } = await startProgram();
    const started = await descendants(child.pid ?? 0);
    expect(started.length).toBeGreaterThan(4);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await allGone(started)).toEqual([]);
  });

  it.each([
    [['--cycle', '7'], 'must be a number of seconds that divides 60'],
    [['--fast'], '--fast'],
  ])('refuses %j with exit code 2 before anything starts', async (args, message) => {
    const child = spawn(process.execPath, ['bin/local.ts', ...args], {
      cwd: repositoryRoot,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(output).toContain(message);
    expect(output).toContain('npm start -- [options]');
  });
});
