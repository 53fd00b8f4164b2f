import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Copies the Lua files below a folder, and nothing else of it. Files are chosen by name: a checkout may lie anywhere. */
export function copyLua(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true }))
    if (entry.isDirectory()) copyLua(join(from, entry.name), join(to, entry.name));
    else if (entry.name.endsWith('.lua')) copyFileSync(join(from, entry.name), join(to, entry.name));
}

/**
 * Checks that an image's folder holds everything that its Dockerfile copies. Docker reads the folder only at deployment,
 * and the local run reads no COPY at all.
 * @throws Error that names what is missing; a copied folder without a file counts as missing
 */
export function checkImageFolder(folder: string): void {
  const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8').replace(/\\\n/g, ' ');
  for (const [, operands = ''] of dockerfile.matchAll(/^\s*COPY\s+(.+)$/gim))
    for (const source of operands.trim().split(/\s+/).slice(0, -1))
      if (!hasFile(join(folder, source)))
        throw new Error(`the Dockerfile copies ${source}, which the image's folder lacks`);
}

const hasFile = (path: string): boolean =>
  existsSync(path) && (statSync(path).isFile() || readdirSync(path).length > 0);
