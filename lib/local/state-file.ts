import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Endpoints } from './world.ts';

/** What `urr --local` needs to find the running system. */
export interface LocalState {
  readonly url: string;
  readonly endpoints: Endpoints;
  readonly environmentName: string;
  readonly pid: number;
}

export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));
export const stateFileDefault = join(repositoryRoot, '.urr', 'local.json');

/** Writes the file in one step; answers how to remove it. Another run's file is left alone at the end. */
export async function writeStateFile(
  path: string = stateFileDefault,
  state: LocalState,
): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${state.pid}`;
  await writeFile(draft, `${JSON.stringify(state, null, 2)}\n`);
  await rename(draft, path);
  return async () => {
    const current = z.object({ pid: z.int(), url: z.string() }).safeParse(await readJson(path));
    if (current.success && current.data.pid === state.pid && current.data.url === state.url)
      await rm(path, { force: true });
  };
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined; // Gone or unreadable: then it is not ours.
  }
}
