import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkFile, type PackageFacts, rooms } from '../support/import-rules.ts';

const root = resolve(import.meta.dirname, '../..');
const record = z.record(z.string(), z.string());
const manifest = z
  .object({ imports: record, dependencies: record, devDependencies: record })
  .parse(JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')));
const withoutStar = (pattern: string) => pattern.replace('./', '').replace('*', '');
const facts: PackageFacts = {
  aliases: Object.fromEntries(
    Object.entries(manifest.imports).map(([alias, path]) => [withoutStar(alias), withoutStar(path)]),
  ),
  dependencies: new Set(Object.keys(manifest.dependencies)),
  devDependencies: new Set(Object.keys(manifest.devDependencies)),
};

const sources = globSync(
  ['bin/**/*.ts', 'lib/**/*.ts', 'functions/**/*.ts', 'edge/**/*.ts', 'web/**/*.{ts,tsx}'],
  {
    cwd: root,
  },
).map((file) => file.replaceAll('\\', '/'));

describe('imports point inward', () => {
  it('in every file of the tree', () => {
    const violations = sources.flatMap((file) =>
      checkFile(file, readFileSync(resolve(root, file), 'utf8'), facts),
    );

    expect(violations.map(({ file, line, rule }) => `${file}:${line}: ${rule}`)).toEqual([]);
  });

  it('and every room of the table exists or is still to come, with no file between rooms', () => {
    const allPaths = rooms.flatMap((room) => room.paths);
    expect(new Set(allPaths).size).toBe(allPaths.length);

    const roomless = sources.filter((file) => !allPaths.some((path) => file.startsWith(path)));
    expect(roomless).toEqual([]);
  });
});

describe('a wrong import is refused by name', () => {
  it.each([
    ['lib/core/a.ts', `import { b } from '#adapters/b.ts';`, 'lib/core must not import lib/adapters'],
    ['lib/core/a.ts', `import type { B } from '../adapters/b.ts';`, 'lib/core must not import lib/adapters'],
    ['lib/core/a.ts', `export * from '../../functions/x/b.ts';`, 'lib/core must not import functions'],
    ['lib/core/a.ts', `export { b } from 'ioredis';`, 'lib/core must not import ioredis'],
    ['lib/core/a.ts', `type B = import('jose').JWK;`, 'lib/core must not import jose'],
    [
      'lib/core/a.ts',
      `import { readFile } from 'node:fs/promises';`,
      'lib/core must not import node:fs/promises',
    ],
    ['lib/core/a.ts', `const b = await import('aws-cdk-lib');`, 'lib/core must not import aws-cdk-lib'],
    ['lib/core/a.ts', `const b = await import(name);`, `lib/core: an import's name must be spelt out`],
    ['lib/contract/a.ts', `import { b } from '#core/b.ts';`, 'lib/contract must not import lib/core'],
    ['lib/adapters/a.ts', `import { b } from '#local/b.ts';`, 'lib/adapters must not import lib/local'],
    ['lib/adapters/a.ts', `import dynalite from 'dynalite';`, 'lib/adapters must not import dynalite'],
    ['functions/x/a.ts', `import { b } from '#infra/b.ts';`, 'functions must not import lib/infra'],
    [
      'functions/x/a.ts',
      `import { b } from '../y/b.ts';`,
      'functions/x must not import functions/y: each is deployed alone',
    ],
    [
      'functions/shared/a.ts',
      `import { b } from '../y/b.ts';`,
      'functions/shared must not import functions/y: each is deployed alone',
    ],
    ['edge/gate/a.ts', `import { b } from '#adapters/b.ts';`, 'edge must not import lib/adapters'],
    [
      'edge/gate/a.ts',
      `import { b } from '../other/b.ts';`,
      'edge/gate must not import edge/other: each is deployed alone',
    ],
    ['lib/infra/a.ts', `import { b } from '#adapters/b.ts';`, 'lib/infra must not import lib/adapters'],
    ['bin/urr-app.ts', `import { b } from '#local/b.ts';`, 'lib/infra must not import lib/local'],
    [
      'lib/infra/a.ts',
      `import { S3 } from '@aws-sdk/client-s3';`,
      'lib/infra must not import @aws-sdk/client-s3',
    ],
    ['lib/local/a.ts', `import { b } from '#infra/b.ts';`, 'lib/local must not import lib/infra'],
    ['bin/local.ts', `import { b } from './urr-app.ts';`, 'lib/local must not import lib/infra'],
    [
      'web/a.tsx',
      `import { b } from '#adapters/b.ts'; export const c = <p>{b}</p>;`,
      'web must not import lib/adapters',
    ],
    ['web/a.ts', `import { b } from 'node:fs';`, 'web must not import node:fs'],
    ['lib/cli/a.ts', `import { b } from '#local/b.ts';`, 'lib/cli must not import lib/local'],
    ['lib/cli/a.ts', `import { b } from 'unheard-of';`, 'lib/cli must not import unheard-of'],
  ])('%s: %s', (file, source, rule) => {
    expect(checkFile(file, `\n${source}`, facts)).toEqual([{ file, line: 2, rule }]);
  });

  it.each([
    ['process.env', `const a = process.env.NAME;`, 'process.env'],
    ['the clock', 'const a = Date.now();', 'Date.now'],
    ['the clock by another spelling', `const a = Date['now']();`, 'Date.now'],
    ['the clock in a reference', 'const now = Date.now;', 'Date.now'],
    ['the present date', 'const a = new Date();', 'new Date() of the present'],
    ['the present date as text', 'const a = Date();', 'Date() of the present'],
    ['chance', 'const a = Math.random();', 'Math.random'],
    ['random ids', 'const a = crypto.randomUUID();', 'crypto.randomUUID'],
    ['timers', 'setTimeout(a, 1);', 'setTimeout()'],
    ['the network', `const a = await fetch('http://localhost');`, 'fetch()'],
    ['monotonic time', 'const a = performance.now();', 'performance.now'],
    ['globals by the back door', 'const a = globalThis.process.env;', 'globalThis.process'],
  ])('core and contract do not use %s', (_title, source, use) => {
    for (const own of ['lib/core', 'lib/contract']) {
      expect(checkFile(`${own}/a.ts`, source, facts)).toEqual([
        { file: `${own}/a.ts`, line: 1, rule: `${own} is pure: no ${use}` },
      ]);
    }
  });

  it('what the rules allow passes, and words in comments, strings and patterns are not code', () => {
    const source = [
      `import { z } from 'zod';`,
      `import type { UrrEvent } from '#contract/event.ts';`,
      `import { b } from './b.ts';`,
      `// process.env, Date.now()`,
      'const a = `Math.random()`; const c = /["\']import x from "ioredis"/;',
      'export const at = (nowMs: number) => new Date(nowMs).toISOString();',
    ].join('\n');

    expect(checkFile('lib/core/a.ts', source, facts)).toEqual([]);
    expect(
      checkFile(
        'functions/x/a.ts',
        `import type { Context } from 'aws-lambda'; import './b.ts'; import '../shared/c.ts';`,
        facts,
      ),
    ).toEqual([]);
    expect(checkFile('test/unit/a.ts', `import { b } from '#infra/b.ts';`, facts)).toEqual([]);
  });
});
