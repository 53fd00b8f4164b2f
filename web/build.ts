import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync, type Metafile } from 'esbuild';
import { pageDocument } from './document.ts';
import { type PageSource, pageSources } from './pages.ts';

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Builds the static site into `outDir`, which is emptied first: `/index.html`, `/<folder>/index.html`, `/favicon.svg`,
 * `/robots.txt` and `/assets/<name>-<hash>.<js|css>`. An asset's name changes with its content, so it can be cached
 * for a year. Synchronous, because a CDK application is.
 *
 * @throws if a source does not compile
 */
export function buildWeb(outDir: string): void {
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  const { metafile } = buildSync({
    absWorkingDir: dirname(here),
    entryPoints: pageSources.map((page) => entryOf(page)),
    outdir: join(outDir, 'assets'),
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['chrome109', 'safari16', 'firefox115'],
    // The transform is React's; the library that it imports is preact, a tenth of the size.
    jsx: 'automatic',
    jsxImportSource: 'preact',
    charset: 'utf8',
    // A browser needs no licence comments; they would be part of every download.
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  for (const page of pageSources) {
    const file = join(outDir, page.folder, 'index.html');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, pageDocument(page, assetsOf(page, metafile)));
  }
  cpSync(join(here, 'static'), outDir, { recursive: true });
}

const entryOf = (page: PageSource) => `web/pages/${page.script}`;

function assetsOf(page: PageSource, metafile: Metafile): { script: string; style: string } {
  const built = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === entryOf(page));
  const style = built?.[1].cssBundle;
  if (!built || !style) throw new Error(`${page.script} was built without a script or without a style sheet`);
  return { script: `/assets/${basename(built[0])}`, style: `/assets/${basename(style)}` };
}
