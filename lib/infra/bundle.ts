import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

/** The repository's root, independent of the working directory. */
export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Some packages are CommonJS and call `require` for Node's own modules; an ES module has no `require`.
 */
const requireBanner =
  "import { createRequire as urrCreateRequire } from 'node:module'; const require = urrCreateRequire(import.meta.url);";

/**
 * Returns code that `fill` writes into an empty folder, in this process: without a container or a second Node. Only selected
 * stacks are bundled.
 * @param sourceFolder folder of its source, below the repository's root
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
 * Returns one Lambda's code: a single ES module `index.mjs` with all its packages at the lockfile's versions, and a source map
 * for readable stack traces. The runtime's own AWS SDK is not used, because AWS changes its version.
 * @param entry file below the repository's root, exporting `handler`
 */
export const bundledFunction = (entry: string): Code =>
  builtCode(dirname(entry), (folder) => bundleModule(entry, folder));

/** Writes one program with all its packages into a folder, as the ES module `index.mjs` with its source map. */
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
