import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageObject, routes } from '#contract/routes.ts';
import { buildWeb } from '../../../web/build.ts';
import { pageSources } from '../../../web/pages.ts';

let site: string;
const read = (path: string) => readFileSync(join(site, path), 'utf8');
const documents = pageSources.map(({ folder }) => join(folder, 'index.html'));

beforeAll(() => {
  site = mkdtempSync(join(tmpdir(), 'urr-web-test-'));
  buildWeb(site);
});
afterAll(() => rmSync(site, { recursive: true, force: true }));

/** Returns the files of a page: the document, and the files that it links. */
function partsOf(document: string): string[] {
  const named = [...read(document).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(
    ([, path]) => path ?? '',
  );
  return [document, ...named];
}

describe('the built site', () => {
  it('the waiting page is one document, one script and one style sheet, under 40 KiB compressed', () => {
    const parts = partsOf('vwr/index.html');
    expect(parts).toHaveLength(3);
    const weigh = (compress: (content: Buffer) => Buffer) =>
      parts.reduce((sum, part) => sum + compress(readFileSync(join(site, part))).length, 0);
    expect(weigh(gzipSync)).toBeLessThan(40 * 1024);
    expect(weigh(brotliCompressSync)).toBeLessThan(40 * 1024);
  });

  it('no document has anything that a strict content security policy forbids', () => {
    for (const document of documents) {
      const html = read(document);
      expect(html, document).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i);
      for (const [, attributes, content] of html.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)) {
        expect(attributes).toContain('src="/assets/');
        expect(content).toBe('');
      }
      // No asset comes from another site.
      expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    }
  });

  it('no asset contains the schema library or reaches 40 KiB compressed', () => {
    for (const asset of readdirSync(join(site, 'assets'))) {
      const content = readFileSync(join(site, 'assets', asset));
      expect(content.includes('ZodError'), asset).toBe(false);
      // The seat map is the largest; zod alone would add half of it.
      expect(gzipSync(content).length, asset).toBeLessThan(40 * 1024);
    }
  });

  it('every page of the route table has a document', () => {
    const built = new Set(documents.map((document) => `/${document}`));
    const unbuilt = routes
      .filter(({ kind }) => kind === 'page')
      .map(({ path }) => pageObject(path))
      .filter((object) => !built.has(object));
    expect(unbuilt).toEqual([]);
    for (const file of ['favicon.svg', 'robots.txt'])
      expect(statSync(join(site, file)).size).toBeGreaterThan(0);
  });

  it('the name of an asset changes with its content', () => {
    const again = mkdtempSync(join(tmpdir(), 'urr-web-test-'));
    try {
      buildWeb(again);
      expect(readdirSync(join(again, 'assets')).sort()).toEqual(readdirSync(join(site, 'assets')).sort());
    } finally {
      rmSync(again, { recursive: true, force: true });
    }
    for (const asset of readdirSync(join(site, 'assets')))
      expect(asset).toMatch(/^[a-z-]+-[A-Z0-9]{8}\.(?:js|css)$/);
  });

  it('a build removes the files of an earlier build', () => {
    const before = readdirSync(site).sort();
    buildWeb(site);
    expect(readdirSync(site).sort()).toEqual(before);
  });

  it('the pages of a visit are hidden from search engines', () => {
    for (const folder of ['vwr', 'queue', 'seats', 'reservations', 'sign-in'])
      expect(read(`${folder}/index.html`)).toContain('noindex');
    expect(read('events/index.html')).not.toContain('noindex');
  });
});
