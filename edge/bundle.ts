import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import { routeTree } from './shared/tree.ts';

/** Builds the code of both edge functions, in one place for the stacks, the tests and the figures. */
const root = fileURLToPath(new URL('..', import.meta.url));
const define = { URR_IS_BUNDLED: 'true', URR_ROUTE_TREE: JSON.stringify(routeTree) };
const common = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  define,
} as const satisfies BuildOptions;

/** CloudFront's limit for the code of a function in bytes, which cannot be raised (cloudfront-limits). */
export const canonicalPathBytesMax = 10_240;

/**
 * Language of CloudFront's JavaScript runtime 2.0: ES 5.1 and these features of later versions
 * (functions-javascript-runtime-20). esbuild fails on any other feature that it cannot rewrite.
 */
const canonicalPathBuild = {
  ...common,
  entryPoints: ['edge/canonical-path/index.ts'],
  format: 'esm',
  platform: 'neutral',
  target: 'es5',
  supported: {
    'const-and-let': true,
    arrow: true,
    'template-literal': true,
    'rest-argument': true,
    // The runtime does not support them: the build fails instead of the edge.
    'regexp-lookbehind-assertions': false,
    'regexp-unicode-property-escapes': false,
  },
  // Properties that neither CloudFront nor a JSON response uses may be renamed to one letter, which saves a tenth of
  // the 10 KB.
  mangleProps:
    /^(?:access|allow|clearCookies|eventId|headerNames|kind|leaf|outcome|page|path|pattern|query|retryAfterSeconds|state)$/,
  write: false,
} as const satisfies BuildOptions;

/**
 * Returns the CloudFront Function's code: a script with a global `handler`.
 * @throws Error if the code exceeds `canonicalPathBytesMax`
 */
export function bundleCanonicalPath(): string {
  const [file] = buildSync(canonicalPathBuild).outputFiles;
  // The runtime calls a global function and supports no modules, so the export becomes that function.
  const [whole, name] = file?.text.match(/export\{(\w+) as handler\};\s*$/) ?? [];
  if (file === undefined || whole === undefined)
    throw new Error('edge/canonical-path must export handler alone');
  const code = file.text.replace(whole, `function handler(event){return ${name}(event)}\n`);
  const bytes = Buffer.byteLength(code);
  if (bytes > canonicalPathBytesMax) {
    throw new Error(`edge/canonical-path has ${bytes} bytes; a CloudFront Function may have 10,240`);
  }
  return code;
}

/** Entry of the gate, relative to the root of the repository. Its handler is `index.handler` of the bundle. */
const tokenGateEntry = 'edge/token-gate/index.ts';

/** ESM as `.mjs`, so that no package.json is needed. The bundle contains all dependencies and no SDK. */
const tokenGateBuild = {
  ...common,
  entryPoints: [tokenGateEntry],
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // Dependencies are bundled from their ES modules, because CommonJS cannot be tree-shaken.
  mainFields: ['module', 'main'],
  conditions: ['import', 'module'],
} as const satisfies BuildOptions;

/**
 * Writes the gate's bundle, `index.mjs`, into a folder and returns its size in bytes.
 * @param configAddress https URL of the edge configuration, with `{account}` for the account; needed on viewer requests
 */
export function bundleTokenGate(folder: string, configAddress = ''): number {
  const outfile = `${folder}/index.mjs`;
  const built = buildSync({
    ...tokenGateBuild,
    define: { ...define, URR_EDGE_CONFIG_ADDRESS: JSON.stringify(configAddress) },
    outfile,
    metafile: true,
  });
  return Object.values(built.metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
}
