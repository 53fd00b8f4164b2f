import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import { routeTree } from './shared/tree.ts';

/** How both edge functions become what is deployed: one place for the stacks, the tests and the figures. */
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

/** A CloudFront Function may have 10 KB (cloudfront-limits), not adjustable. */
export const canonicalPathBytesMax = 10_240;

/**
 * Language of CloudFront's JavaScript runtime 2.0: ES 5.1 and these of later versions
 * (functions-javascript-runtime-20). esbuild fails on what it can neither keep nor rewrite.
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
    // Newer than the runtime: an error here beats one at the edge.
    'regexp-lookbehind-assertions': false,
    'regexp-unicode-property-escapes': false,
  },
  // Names that neither CloudFront nor an answer's JSON knows may become one letter: a tenth of the 10 KB.
  mangleProps:
    /^(?:access|allow|clearCookies|eventId|headerNames|kind|leaf|outcome|page|path|pattern|query|retryAfterSeconds|state)$/,
  write: false,
} as const satisfies BuildOptions;

/** The CloudFront Function's whole code: a script with a global `handler`. Throws if it outgrows its limit. */
export function bundleCanonicalPath(): string {
  const [file] = buildSync(canonicalPathBuild).outputFiles;
  // The runtime calls a global function and knows no modules: the one export becomes it.
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

/** Entry of the gate, from the root of the repository; its handler is `index.handler` of the bundle. */
export const tokenGateEntry = 'edge/token-gate/index.ts';

/** ESM as `.mjs`: no package.json beside it decides what it is. Everything is inside, no SDK is asked for. */
export const tokenGateBuild = {
  ...common,
  entryPoints: [tokenGateEntry],
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // Our dependencies' ES modules, not their CommonJS: only those shake.
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
