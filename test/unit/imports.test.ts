import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { cruise } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import config from '../../dependency-cruiser.config.ts';

const root = resolve(import.meta.dirname, '../..');

/** Returns the violations of the import rules below a folder: names of the rules by file. */
async function violationsIn(folder: string): Promise<Map<string, string[]>> {
  const folders = globSync('{bin,lib,functions,edge,web,test}', { cwd: folder });
  const { output } = await cruise(folders, {
    ...config.options,
    baseDir: folder,
    validate: true,
    ruleSet: { forbidden: config.forbidden },
  });
  if (typeof output === 'string') throw new Error(output);
  const found = new Map<string, string[]>();
  for (const { from, rule } of output.summary.violations)
    found.set(from, [...(found.get(from) ?? []), rule.name]);
  return found;
}

it('imports point inward and form no circle, and every file is used', async () => {
  expect(await violationsIn(root)).toEqual(new Map());
});

const unused = ['no program uses it', 'nothing imports it'];

/** Path, source, and the rule that it breaks, if any. */
const planted: readonly (readonly [file: string, source: string, rule?: string])[] = [
  ['lib/core/a1.ts', `import { b } from '#adapters/b.ts';`, 'lib/core imports outward'],
  ['lib/core/a2.ts', `import type { B } from '../adapters/b.ts';`, 'lib/core imports outward'],
  ['lib/core/a3.ts', `import { type B } from '../adapters/b.ts';`, 'lib/core imports outward'],
  ['lib/core/a4.ts', `export * from '../../functions/x/b.ts';`, 'lib/core imports outward'],
  ['lib/core/a5.ts', `export { Redis } from 'ioredis';`, 'lib/core imports outward'],
  ['lib/core/a6.ts', `import { readFile } from 'node:fs/promises';`, 'lib/core imports outward'],
  ['lib/core/a7.ts', `const b = await import('aws-cdk-lib');`, 'lib/core imports outward'],
  ['lib/core/a8.ts', `import { b } from '#core/access/subject.ts';`, 'lib/core imports outward'],
  ['lib/core/access/a1.ts', `import { hash } from 'node:crypto';`, 'lib/core imports outward'],
  ['lib/core/access/verify-token.ts', `import 'node:fs';`, 'lib/core, proofs imports outward'],
  [
    'lib/core/access/verify-access.ts',
    `import { b } from '#adapters/b.ts';`,
    'lib/core, proofs imports outward',
  ],
  ['lib/contract/a1.ts', `import { b } from '#core/b.ts';`, 'lib/contract imports outward'],
  ['lib/adapters/a1.ts', `import { b } from '#local/b.ts';`, 'lib/adapters imports outward'],
  ['lib/adapters/a2.ts', `import dynalite from 'dynalite';`, 'lib/adapters imports outward'],
  ['functions/x/a1.ts', `import { b } from '#infra/b.ts';`, 'functions imports outward'],
  ['functions/x/a2.ts', `import { b } from '../y/b.ts';`, 'a deployable imports another'],
  ['functions/shared/a1.ts', `import { b } from '../y/b.ts';`, 'a deployable imports another'],
  ['edge/gate/a1.ts', `import { b } from '#adapters/b.ts';`, 'edge imports outward'],
  ['edge/gate/a2.ts', `import { b } from '../other/b.ts';`, 'a deployable imports another'],
  ['edge/gate/a3.ts', `import { b } from '../bundle.ts';`, 'edge imports outward'],
  ['lib/infra/a1.ts', `import { b } from '#adapters/b.ts';`, 'lib/infra imports outward'],
  ['lib/infra/a2.ts', `import { S3 } from '@aws-sdk/client-s3';`, 'lib/infra imports outward'],
  ['bin/urr-app.ts', `import { b } from '#local/b.ts';`, 'lib/infra imports outward'],
  ['lib/local/a1.ts', `import { b } from '#infra/b.ts';`, 'lib/local imports outward'],
  ['bin/local.ts', `import { b } from './urr-app.ts';`, 'lib/local imports outward'],
  ['web/a1.tsx', `import { b } from '#adapters/b.ts'; export const c = <p>{b}</p>;`, 'web imports outward'],
  ['web/a2.ts', `import { readFile } from 'node:fs';`, 'web imports outward'],
  ['web/a4.ts', `import { b } from '#core/access/subject.ts';`, 'web imports outward'],
  ['lib/cli/a1.ts', `import { b } from '#local/b.ts';`, 'lib/cli imports outward'],
  ['test/unit/a1.ts', `import { b } from './gone.ts';`, 'an import leads nowhere'],
  ['lib/other/a1.ts', `import { b } from '#core/b.ts';`, 'a file belongs to no room'],
  ['lib/core/ok.ts', `import { z } from 'zod'; import type { B } from '#contract/b.ts'; import './b.ts';`],
  [
    'functions/x/ok.ts',
    `import type { Context } from 'aws-lambda'; import '../shared/b.ts'; import './b.ts';`,
  ],
  ['test/unit/ok.test.ts', `import { b } from '#infra/b.ts'; import { c } from '../../functions/y/b.ts';`],
];
const circles: readonly (readonly [file: string, source: string])[] = [
  ['lib/core/circle/a.ts', `import { b } from './b.ts';`],
  ['lib/core/circle/b.ts', `import type { C } from './c.ts';`],
  ['lib/core/circle/c.ts', `export type { A } from './a.ts';`],
  ['test/circle/a.ts', `import './b.ts';`],
  ['test/circle/b.ts', `import './a.ts';`],
];
const targets = [
  ...['core', 'contract', 'adapters', 'infra', 'local'].map((room) => `lib/${room}/b.ts`),
  ...['functions/x/b.ts', 'functions/y/b.ts', 'functions/shared/b.ts', 'edge/other/b.ts', 'edge/bundle.ts'],
  'lib/core/access/subject.ts',
];

/** Each gets a file of its own, once in lib/core and once in lib/contract. */
const impure = [
  'process.env.NAME',
  'Date.now()',
  `Date['now']()`,
  '[1].map(Date.now)',
  'new Date()',
  'Date()',
  'Math.random()',
  'crypto.randomUUID()',
  'setTimeout(run, 1)',
  `await fetch('http://localhost')`,
  'performance.now()',
  'globalThis.process',
];
const pure = [
  'new Date(0)',
  '`Math.random()`',
  '{ process: 1, fetch: 2 }',
  '/[\'"]import x from "ioredis"/ // Date.now()',
];
const hidden = ['await import(name)', 'await import(`a`)', `null as import('jose').JWK`];

describe('the check', () => {
  const folder = mkdtempSync(join(tmpdir(), 'urr-imports-'));
  const write = (file: string, source: string) => {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), `${source}\n`);
  };
  beforeAll(() => {
    for (const kept of ['package.json', 'biome.json', '.biome'])
      cpSync(join(root, kept), join(folder, kept), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const file of targets) write(file, 'export const b = 1;');
    for (const [file, source] of [...planted, ...circles]) write(file, source);
    write('lib/core/unused.ts', 'export const b = 1;');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reports the broken rule of each planted import, and passes allowed ones', async () => {
    const found = await violationsIn(folder);
    for (const [file, , rule] of planted) {
      const rules = found.get(file) ?? [];
      expect
        .soft(
          rules.filter((name) => !unused.includes(name)),
          file,
        )
        .toEqual(rule === undefined ? [] : [rule]);
    }
  });

  it('finds each circle, also one of types alone', async () => {
    const found = [...(await violationsIn(folder))].filter(([, rules]) =>
      rules.includes('modules import each other in a circle'),
    );
    expect(found.map(([file]) => dirname(file)).sort()).toEqual(['lib/core/circle', 'test/circle']);
  });

  it('finds files that are imported only by a test, or not at all', async () => {
    const found = await violationsIn(folder);
    expect(found.get('lib/infra/b.ts')).toEqual(['no program uses it']);
    expect(found.get('lib/core/unused.ts')).toEqual(['no program uses it', 'nothing imports it']);
  });

  it('refuses impure code in the inner folders, and imports that it cannot see', () => {
    const asSource = (code: readonly string[]) => code.map((one) => `export const a = ${one};`).join('\n');
    for (const room of ['lib/core', 'lib/contract', 'lib/adapters'])
      write(`${room}/impure.ts`, asSource(impure));
    write('lib/core/pure.ts', asSource(pure));
    const searched = [
      'lib/core',
      'lib/adapters',
      'lib/infra',
      'lib/local',
      'functions/x',
      'edge/gate',
      'web',
      'bin',
    ];
    for (const room of searched) write(`${room}/hidden.ts`, asSource(hidden));

    expect(pluginLines(folder)).toEqual({
      'lib/core/impure.ts': impure.map((_, index) => index + 1),
      'lib/contract/impure.ts': impure.map((_, index) => index + 1),
      ...Object.fromEntries(searched.map((room) => [`${room}/hidden.ts`, [1, 2, 3]])),
    });
  });
});

const biomeReport = z.object({
  diagnostics: z.array(
    z.object({
      category: z.string(),
      location: z.object({ path: z.string(), start: z.object({ line: z.int() }) }),
    }),
  ),
});

/** Returns the lines that Biome's plugins refuse, per file. */
function pluginLines(folder: string): Record<string, number[]> {
  const { stdout } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/@biomejs/biome/bin/biome'),
      ...['lint', '--reporter=json', '--vcs-enabled=false', '--max-diagnostics=none'],
    ],
    { cwd: folder, encoding: 'utf8' },
  );
  const lines = new Map<string, Set<number>>();
  for (const { category, location } of biomeReport.parse(JSON.parse(stdout)).diagnostics)
    if (category === 'plugin')
      lines.set(location.path, (lines.get(location.path) ?? new Set()).add(location.start.line));
  return Object.fromEntries([...lines].map(([file, found]) => [file, [...found].sort((a, b) => a - b)]));
}
