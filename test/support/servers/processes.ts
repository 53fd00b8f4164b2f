import { readdir, readFile, readlink } from 'node:fs/promises';
import { until } from '../time/patience.ts';

/** Returns the process ids of all descendants of a process. Linux: read from /proc. */
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

/** Returns the processes that still run. A zombie that its parent has not reaped does not count. */
export async function alive(pids: readonly number[]): Promise<number[]> {
  const states = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      return { pid, state: /^\d+ \(.*\) (\S)/s.exec(stat)?.[1] };
    }),
  );
  return states.filter(({ state }) => state !== undefined && state !== 'Z').map(({ pid }) => pid);
}

/** Waits until none of the processes runs. Returns those that still run after a long time. */
export async function allGone(pids: readonly number[]): Promise<number[]> {
  let left = [...pids];
  const look = async () => {
    left = await alive(left);
    return left;
  };
  return until(look, ({ length }) => length === 0, 50).catch(() => left);
}

/**
 * Returns `address:port` of every TCP socket on which these processes listen. Linux: read from /proc; IPv6 in its
 * notation.
 */
export async function listeningAddresses(pids: readonly number[]): Promise<string[]> {
  const inodes = new Set<string>();
  for (const pid of pids)
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined) inodes.add(inode);
    }
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => ''));
  const rows = (await Promise.all(tables)).flatMap((table) => table.split('\n').slice(1));
  const listening = '0A';
  return rows.flatMap((row) => {
    const [, local = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/);
    if (state !== listening || !inodes.has(inode)) return [];
    const [address = '', port = ''] = local.split(':');
    const ipv4 = [6, 4, 2, 0].map((at) => Number.parseInt(address.slice(at, at + 2), 16)).join('.');
    return [`${address.length === 8 ? ipv4 : address}:${Number.parseInt(port, 16)}`];
  });
}

/** Returns the environment with which a process was started. */
export async function environmentOf(pid: number): Promise<Record<string, string>> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8');
  return Object.fromEntries(
    text
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
