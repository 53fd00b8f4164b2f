import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Copies only the Lua files below a folder. Files are selected by relative name, independent of the checkout's path. */
export function copyLua(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true }))
    if (entry.isDirectory()) copyLua(join(from, entry.name), join(to, entry.name));
    else if (entry.name.endsWith('.lua')) copyFileSync(join(from, entry.name), join(to, entry.name));
}

/**
 * Checks that an image's folder contains everything that its Dockerfile copies. Docker reads the folder only at deployment,
 * and the local run ignores COPY.
 * @throws Error that names the missing source; a copied folder without a file counts as missing
 */
export function checkImageFolder(folder: string): void {
  const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8').replace(/\\\n/g, ' ');
  for (const [, operands = ''] of dockerfile.matchAll(/^\s*COPY\s+(.+)$/gim))
    for (const source of operands.trim().split(/\s+/).slice(0, -1))
      if (!hasFile(join(folder, source)))
        throw new Error(
          `the Dockerfile copies ${source}, which is missing in the image's folder; add it in worker-image.ts`,
        );
}

const hasFile = (path: string): boolean =>
  existsSync(path) && (statSync(path).isFile() || readdirSync(path).length > 0);
