import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Process ids of everything a process started, directly or not. Linux: read from /proc. */
export async function descendants(ofPid: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = /^\d+ \(.*\) \S (\d+)/s.exec(stat)?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const found = [ofPid];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found.slice(1);
}

/** Those of the processes that still run; a zombie that its parent has not reaped runs no more. */
export async function alive(pids: readonly number[]): Promise<number[]> {
  const states = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      return { pid, state: /^\d+ \(.*\) (\S)/s.exec(stat)?.[1] };
    }),
  );
  return states.filter(({ state }) => state !== undefined && state !== 'Z').map(({ pid }) => pid);
}

/** Waits until none of the processes runs; answers those that still do after `msMax`. */
export async function allGone(pids: readonly number[], msMax: number): Promise<number[]> {
  const until = Date.now() + msMax;
  let left = await alive(pids);
  while (left.length > 0 && Date.now() < until) {
    await delay(50);
    left = await alive(left);
  }
  return left;
}

/** A process's environment as it was started. */
export async function environmentOf(pid: number): Promise<Record<string, string>> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8');
  return Object.fromEntries(
    text
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
