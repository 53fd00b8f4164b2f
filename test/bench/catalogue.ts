import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bench, FigureId } from './figure.ts';

/** A bench file of a folder: `f5.ts` measures `F5` and its parts. */
export interface BenchFile {
  readonly id: FigureId;
  readonly path: string;
}

export function listBenches(folder: string): BenchFile[] {
  return readdirSync(folder)
    .flatMap((name) => /^f(\d+)\.ts$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
    .map((number) => ({ id: `F${number}` as const, path: resolve(folder, `f${number}.ts`) }));
}

/** Imports a bench file and validates it, so that a typo cannot hide a figure. */
export async function loadBench(file: BenchFile): Promise<Bench> {
  const loaded: unknown = await import(pathToFileURL(file.path).href);
  if (!isBench(loaded)) throw new Error(`${file.path} must export figures (ids) and run()`);
  const foreign = loaded.figures.filter((id) => id !== file.id && !id.startsWith(`${file.id}.`));
  if (foreign.length > 0)
    throw new Error(`${file.path} declares ${foreign.join(', ')}, which are not its own`);
  return loaded;
}

function isBench(value: unknown): value is Bench {
  if (typeof value !== 'object' || value === null || !('figures' in value) || !('run' in value)) return false;
  return Array.isArray(value.figures) && value.figures.length > 0 && typeof value.run === 'function';
}

type BenchPlan =
  | { readonly files: readonly BenchFile[]; readonly json: boolean }
  | { readonly problem: string };

/** Parses the words after `npm run bench --`. No id means all; `f5` and `F5.bundle` both mean the file of F5. */
export function planBench(words: readonly string[], benches: readonly BenchFile[]): BenchPlan {
  const flags = words.filter((word) => word.startsWith('-'));
  const unknownFlag = flags.find((flag) => flag !== '--json');
  if (unknownFlag !== undefined) return { problem: `unknown option ${unknownFlag}; known: --json` };

  const ids = words.filter((word) => !word.startsWith('-')).map((word) => word.toUpperCase().split('.')[0]);
  const unknown = ids.filter((id) => !benches.some((bench) => bench.id === id));
  if (unknown.length > 0) {
    const known = benches.map(({ id }) => id).join(', ');
    return { problem: `unknown figure ${unknown.join(', ')}; known: ${known}` };
  }
  const files = ids.length === 0 ? benches : benches.filter(({ id }) => ids.includes(id));
  return { files, json: flags.length > 0 };
}
