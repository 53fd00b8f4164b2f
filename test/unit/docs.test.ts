import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { kinds } from '../support/rules/stages.ts';

const root = resolve(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(resolve(root, path), 'utf8');
const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: root });
const scripts = Object.keys(
  z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(text('package.json'))).scripts,
);
const decisions = readdirSync(resolve(root, 'docs/adr'))
  .filter((name) => /^\d{4}-.*\.md$/.test(name))
  .map((name) => ({ name, body: text(`docs/adr/${name}`) }));

/** Returns the anchors of a document's headings, as GitHub makes them. */
const headingsOf = (document: string) =>
  [...text(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Returns the paths in a text without a file. Comments shorten `lib/core/…` to `core/…`. */
const missingPaths = (file: string, content: string) =>
  [...content.matchAll(namedPath)]
    .map(([path]) => path)
    .filter((path) => ![path, `lib/${path}`].some((one) => existsSync(resolve(root, one))))
    .map((path) => `${file}: ${path}`);
const namedPath =
  /(?<![\w/.@:#-])(?:bin|docs|edge|functions|lib|lua|test|web|core|contract|adapters)\/[\w./-]*\.(?:ts|tsx|lua|md)\b/g;

describe('documents', () => {
  it('link to existing files', () => {
    const broken = documents.flatMap((document) =>
      [...text(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map(([, target]) => target ?? '')
        .filter((target) => !existsSync(resolve(root, dirname(document), target)))
        .map((target) => `${document}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('link to existing headings', () => {
    const broken = documents.flatMap((document) =>
      [...text(document).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)]
        .filter(([, target = '', heading = '']) => {
          const path = target === '' ? document : join(dirname(document), target);
          return !headingsOf(path).includes(heading);
        })
        .map(([, target, heading]) => `${document}: ${target}#${heading}`),
    );
    expect(broken).toEqual([]);
  });

  it('name existing files and folders', () => {
    const checked = documents.filter((document) => document !== 'CHANGELOG.md');
    expect(checked.flatMap((document) => missingPaths(document, text(document)))).toEqual([]);
  });

  it('name existing npm scripts', () => {
    const unknown = documents.flatMap((document) =>
      [...text(document).matchAll(/npm run ([a-z-]+)/g)]
        .map(([, script]) => script ?? '')
        .filter((script) => !scripts.includes(script))
        .map((script) => `${document}: npm run ${script}`),
    );
    expect(unknown).toEqual([]);
  });

  it('list every decision by its title, each with its own number', () => {
    const numbers = decisions.map(({ name }) => name.slice(0, 4));
    expect(numbers.filter((number, at) => numbers.indexOf(number) !== at)).toEqual([]);

    const listed = [...text('docs/adr/README.md').matchAll(/\]\((\d{4}-[^)]+)\) *\| (.*?) *\|/g)];
    const rows = listed.map(([, name, title]) => `${name}: ${title}`);
    const missing = decisions.filter(
      ({ name, body }) => !rows.includes(`${name}: ${body.slice('# 0000 '.length, body.indexOf('\n'))}`),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it('contain decisions with a head, four sections and ten to forty lines each', () => {
    const head = /^# \d{4} .+\n\n- Status: (?:Accepted|Superseded).*\n- Date: \d{4}-\d\d-\d\d\n/;
    const sections = ['## Context', '## Decision', '## Alternatives considered', '## Consequences'];
    const wrong = decisions.filter(({ body }) => {
      const lines = body.trimEnd().split('\n');
      const found = lines.filter((line) => line.startsWith('## '));
      return !head.test(body) || found.join() !== sections.join() || lines.length < 10 || lines.length > 40;
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('link a decision and its amendment or successor both ways', () => {
    const links = (head: RegExp) =>
      decisions.flatMap(({ name, body }) =>
        [...body.matchAll(head)].flatMap(([line]) =>
          [...line.matchAll(/\((\d{4}-[^)]+)\)/g)].map(([, target = '']) => ({ name, target })),
        ),
      );
    const newer = links(/^- (?:Amends|Supersedes): .*$/gm).map(
      (link) => `${link.name} changes ${link.target}`,
    );
    const older = links(/^- Status: .*$/gm).map((link) => `${link.target} changes ${link.name}`);
    expect(newer.sort()).toEqual(older.sort());
    expect(newer.length).toBeGreaterThan(0);
  });

  it('explain every kind of test', () => {
    const guide = text('CONTRIBUTING.md');
    expect(kinds.filter((kind) => !guide.includes(`| \`${kind}\``))).toEqual([]);
  });
});

describe('comments', () => {
  it('name existing files', () => {
    const sources = globSync(['{bin,edge,functions,lib,test,web}/**/*.{ts,tsx}', 'lua/**/*.lua'], {
      cwd: root,
    });
    const comments = (source: string) =>
      text(source)
        .split('\n')
        .filter((line) => /^\s*(?:\/\/|\/?\*|--)/.test(line))
        .join('\n');
    expect(sources.flatMap((source) => missingPaths(source, comments(source)))).toEqual([]);
  });
});
