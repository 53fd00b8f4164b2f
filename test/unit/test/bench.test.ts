import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listBenches, loadBench } from '../../bench/catalogue.ts';
import { figure } from '../../bench/figure.ts';
import { runBenches } from '../../bench/runner.ts';

let folder: string;
let out: string[];
let err: string[];
const streams = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'urr-bench-'));
  [out, err] = [[], []];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bench = (name: string, source: string) => writeFile(join(folder, name), source);
const good = (id: string, ok = true) =>
  `export const figures = ['${id}'];
   export const run = async () => [{ id: '${id}', value: 1.23456, unit: 'ms', reach: '<= 2', ok: ${ok}, detail: 'name, against nothing' }];`;

describe('a figure', () => {
  it('is ok exactly when the value reaches its bound', () => {
    const isOk = (value: number, reach: Parameters<typeof figure>[3]) =>
      figure('F1', value, '', reach, '').ok;

    expect([isOk(2, { atMost: 2 }), isOk(2.01, { atMost: 2 })]).toEqual([true, false]);
    expect([isOk(2, { atLeast: 2 }), isOk(1.99, { atLeast: 2 })]).toEqual([true, false]);
    expect(isOk(7, 'stated')).toBe(true);
  });

  it('without a measurement is never ok', () => {
    for (const reach of [{ atMost: 1 }, { atLeast: 1 }, 'stated'] as const) {
      expect(figure('F1', Number.NaN, '', reach, '').ok).toBe(false);
    }
  });
});

describe('npm run bench', () => {
  it('prints value, bound, comparison and cores of each figure, in order', async () => {
    await bench('f10.ts', good('F10'));
    await bench('f2.ts', good('F2.part'));
    await bench('helper.ts', 'throw new Error("not a bench")');

    expect(await runBenches([], folder, streams)).toBe(0);

    expect(out.map((line) => line.split('  ')[0])).toEqual(['ok', 'ok']);
    expect(out[0]).toMatch(/F2\.part {2}1\.235 ms {2}\(reach <= 2\)\n +name, against nothing; \d+ cores/);
    expect(out[1]).toContain('F10');
  });

  it('--json prints one array of the six fields and nothing else', async () => {
    await bench('f2.ts', good('F2'));

    expect(await runBenches(['f2', '--json'], folder, streams)).toBe(0);

    expect(out).toHaveLength(1);
    const parsed: unknown = JSON.parse(out[0] ?? '');
    expect(parsed).toEqual([
      {
        id: 'F2',
        value: 1.23456,
        unit: 'ms',
        reach: '<= 2',
        ok: true,
        detail: expect.stringMatching(/cores$/),
      },
    ]);
  });

  it('measures only the requested figures, by figure or by one of its parts', async () => {
    await bench('f1.ts', good('F1'));
    await bench('f2.ts', good('F2'));

    await runBenches(['F2.part'], folder, streams);

    expect(out).toHaveLength(1);
    expect(out[0]).toContain('F2');
  });

  it.each([
    [['F9'], 'unknown figure F9; known: F1'],
    [['constructor'], 'known: F1'],
    [['--jsn'], 'unknown option --jsn; known: --json'],
  ])('refuses %j and lists the known figures', async (words, message) => {
    await bench('f1.ts', good('F1'));

    expect(await runBenches(words, folder, streams)).toBe(2);
    expect(err.join()).toContain(message);
    expect(out).toEqual([]);
  });

  it.each([
    ['a figure below its bound', good('F1', false), 'name, against nothing'],
    [
      'a bench that throws',
      `export const figures = ['F1']; export const run = async () => { throw new Error('no server'); };`,
      'not measured: no server',
    ],
    [
      'a missing declared figure',
      `export const figures = ['F1', 'F1.x']; export const run = async () => [];`,
      'declared but not returned',
    ],
    ['a bench without run()', 'export const figures = [];', 'must export figures'],
    ["another file's figure", good('F2'), 'not its own'],
  ])('fails with %s, and measures the others', async (_title, source, reason) => {
    await bench('f1.ts', source);
    await bench('f3.ts', good('F3'));

    expect(await runBenches([], folder, streams)).toBe(1);
    expect(out.join('\n')).toContain(reason);
    expect(out.at(-1)).toContain('ok   F3');
  });

  it('has a valid module for every bench file of this repository', async () => {
    const files = listBenches(resolve(import.meta.dirname, '../../bench'));
    for (const file of files) expect((await loadBench(file)).figures.length).toBeGreaterThan(0);
  });
});
