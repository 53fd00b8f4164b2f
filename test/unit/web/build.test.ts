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

/** What a browser fetches for a page: the document and what it names. */
function partsOf(document: string): string[] {
  const named = [...read(document).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(
    ([, path]) => path ?? '',
  );
  return [document, ...named];
}

describe('the built site', () => {
  it('weighs under 40 KB compressed for the waiting page, in one document, one script and one style sheet', () => {
    const parts = partsOf('vwr/index.html');
    expect(parts).toHaveLength(3);
    const weigh = (compress: (content: Buffer) => Buffer) =>
      parts.reduce((sum, part) => sum + compress(readFileSync(join(site, part))).length, 0);
    expect(weigh(gzipSync)).toBeLessThan(40 * 1024);
    expect(weigh(brotliCompressSync)).toBeLessThan(40 * 1024);
  });

  it('has nothing that a strict content security policy forbids', () => {
    for (const document of documents) {
      const html = read(document);
      expect(html, document).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i);
      for (const [, attributes, content] of html.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)) {
        expect(attributes).toContain('src="/assets/');
        expect(content).toBe('');
      }
      // Everything comes from the site itself.
      expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    }
  });

  it('has no schema library in any page, and no page that a phone in a crowd would wait for', () => {
    for (const asset of readdirSync(join(site, 'assets'))) {
      const content = readFileSync(join(site, 'assets', asset));
      expect(content.includes('ZodError'), asset).toBe(false);
      // The seat map is the heaviest; zod alone would be half as much again.
      expect(gzipSync(content).length, asset).toBeLessThan(40 * 1024);
    }
  });

  it('has an object for every page of the route table ', () => {
    const built = new Set(documents.map((document) => `/${document}`));
    const unbuilt = routes
      .filter(({ kind }) => kind === 'page')
      .map(({ path }) => pageObject(path))
      .filter((object) => !built.has(object));
    expect(unbuilt).toEqual([]);
    for (const file of ['favicon.svg', 'robots.txt'])
      expect(statSync(join(site, file)).size).toBeGreaterThan(0);
  });

  it('names assets by their content, so they may be kept for a year', () => {
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

  it('leaves nothing of an earlier build behind', () => {
    const before = readdirSync(site).sort();
    buildWeb(site);
    expect(readdirSync(site).sort()).toEqual(before);
  });

  it('keeps a place in line out of search engines', () => {
    for (const folder of ['vwr', 'queue', 'seats', 'reservations', 'sign-in'])
      expect(read(`${folder}/index.html`)).toContain('noindex');
    expect(read('events/index.html')).not.toContain('noindex');
  });
});
