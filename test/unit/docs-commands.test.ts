import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '#cli/program.ts';

const root = resolve(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(resolve(root, path), 'utf8');

/** Values for the placeholders of documents. */
const placeholders: Readonly<Record<string, string>> = {
  '<eventId>': 'winter-concert',
  '<orderId>': 'order-123456',
  '<env>': 'prod',
  '<day>': '2026-07-01',
  '<people>': '100',
  '<number>': '32',
  '<reason>': 'a reason',
};

/** Command lines of `npx urr` in code spans and code blocks. One or two words alone, such as `npx urr event set`, name a command. */
const commands = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).flatMap((document) =>
  [
    ...text(document)
      .replaceAll('\\\n', ' ')
      .matchAll(/(?:`|^)npx urr ([^`\n]+)/gm),
  ].map(([, line = '']) => {
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);
    const filled = words.map((word) => placeholders[word] ?? word);
    return { document, line, words: filled.length <= 2 ? [...filled, '--help'] : filled };
  }),
);

describe('documents', () => {
  it.each(commands)(
    'contain only commands that the program accepts: npx urr $line of $document',
    async ({ words }) => {
      const problems: string[] = [];
      let hasOpened = false;
      await runCli(words, {
        // Each command names its system.
        openTarget: async ({ env, local }) => {
          hasOpened = env !== undefined || local === true;
          throw new Error('the command line is right');
        },
        userName: 'reader',
        nowMs: () => 0,
        readText: async () => '',
        out: () => {},
        err: (problem) => problems.push(problem),
      });
      expect(hasOpened || words.includes('--help'), problems.join('\n')).toBe(true);
      if (words.includes('--help')) expect(problems).toEqual([]);
    },
  );

  it('quote log messages that the code has', () => {
    const sources = globSync(['lib/**/*.ts', 'functions/**/*.ts', 'edge/**/*.ts'], { cwd: root }).map(text);
    const quoted = globSync('docs/runbook/*.md', { cwd: root }).flatMap((document) =>
      [
        ...text(document)
          .replaceAll(/\s+/g, ' ')
          .matchAll(/`((?!npm|npx|cdk)[a-z]+(?: [a-z]+)+)`/g),
      ].map(([, message = '']) => ({
        document,
        message,
      })),
    );
    expect(quoted.length).toBeGreaterThan(5);
    expect(quoted.filter(({ message }) => !sources.some((source) => source.includes(message)))).toEqual([]);
  });
});
