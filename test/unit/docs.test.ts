import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { kinds } from '../support/stages.ts';

const root = resolve(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(resolve(root, path), 'utf8');
const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: root });
const scripts = Object.keys(
  z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(text('package.json'))).scripts,
);

describe('documents', () => {
  it('link to files that are there', () => {
    const broken = documents.flatMap((document) =>
      [...text(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map(([, target]) => target ?? '')
        .filter((target) => !existsSync(resolve(root, dirname(document), target)))
        .map((target) => `${document}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('name npm scripts that exist', () => {
    const unknown = documents.flatMap((document) =>
      [...text(document).matchAll(/npm run ([a-z-]+)/g)]
        .map(([, script]) => script ?? '')
        .filter((script) => !scripts.includes(script))
        .map((script) => `${document}: npm run ${script}`),
    );
    expect(unknown).toEqual([]);
  });

  it('list every decision, each with a number of its own', () => {
    const decisions = readdirSync(resolve(root, 'docs/adr')).filter((name) => /^\d{4}-.*\.md$/.test(name));
    const numbers = decisions.map((name) => name.slice(0, 4));
    expect(numbers.filter((number, at) => numbers.indexOf(number) !== at)).toEqual([]);

    const index = text('docs/adr/README.md');
    expect(decisions.filter((name) => !index.includes(`(${name})`))).toEqual([]);
  });

  it('explain every kind of test', () => {
    const guide = text('CONTRIBUTING.md');
    expect(kinds.filter((kind) => !guide.includes(`| \`${kind}\``))).toEqual([]);
  });
});
