import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Endpoints } from './registry.ts';

/** Content of the file by which `urr --local` finds the running system. */
interface LocalState {
  readonly url: string;
  readonly endpoints: Endpoints;
  readonly environmentName: string;
  /** The sandbox, and the id of the secret that authorizes calls to it. Absent if the templates have no sale. */
  readonly payments?: { readonly url: string; readonly secretId: string };
  readonly pid: number;
}

export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));
const stateFileDefault = join(repositoryRoot, '.urr', 'local.json');

const ownerSchema = z.object({ pid: z.int().min(1), url: z.string() });

/**
 * Writes the file atomically, and returns a function that deletes it. The file of another live run is kept, so `urr
 * --local` uses the first of two runs; then `kept` receives that run's address.
 */
export async function writeStateFile(
  path: string = stateFileDefault,
  state: LocalState,
  kept: (url: string) => void,
): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true });
  const other = ownerSchema.safeParse(await readJson(path));
  if (other.success && other.data.pid !== state.pid && isAlive(other.data.pid)) {
    kept(other.data.url);
    return async () => {};
  }
  const draft = `${path}.${state.pid}`;
  await writeFile(draft, `${JSON.stringify(state, null, 2)}\n`);
  await rename(draft, path);
  return async () => {
    const current = ownerSchema.safeParse(await readJson(path));
    if (current.success && current.data.pid === state.pid && current.data.url === state.url)
      await rm(path, { force: true });
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // Signal 0 only tests whether the process exists.
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined; // A missing or unreadable file belongs to no run.
  }
}
