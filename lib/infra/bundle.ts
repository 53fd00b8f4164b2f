import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

/** The repository's root, wherever synthesis was started from. */
export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Some packages are CommonJS inside and call `require` for Node's own modules; an ES module has none of its own.
 */
const requireBanner =
  "import { createRequire as urrCreateRequire } from 'node:module'; const require = urrCreateRequire(import.meta.url);";

/**
 * Code that `fill` writes into an empty folder, in this process: no container and no second Node. Only the stacks that
 * are asked for are bundled.
 * @param sourceFolder where its source lies, below the repository's root
 */
export function builtCode(sourceFolder: string, fill: (folder: string) => void): Code {
  return Code.fromAsset(join(repositoryRoot, sourceFolder), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-used'),
      local: {
        tryBundle: (folder) => {
          fill(folder);
          return true;
        },
      },
    },
  });
}

/**
 * One Lambda's code: a single ES module `index.mjs` with all its packages at the lockfile's versions (the runtime's own
 * AWS SDK is never used: its version changes without us), and a source map for readable stack traces.
 * @param entry file below the repository's root, exporting `handler`
 */
export const bundledFunction = (entry: string): Code =>
  builtCode(dirname(entry), (folder) => bundleModule(entry, folder));

/** Writes one programme with all its packages into a folder, as the ES module `index.mjs` with its source map. */
export function bundleModule(entry: string, folder: string): void {
  buildSync({
    absWorkingDir: repositoryRoot,
    entryPoints: [entry],
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    banner: { js: requireBanner },
    logLevel: 'warning',
  });
}
