import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { afterAll, describe, expect, it } from 'vitest';
import { repositoryRoot } from '#infra/bundle.ts';
import { synthesize } from './support/synthesized.ts';

const folder = mkdtempSync(join(tmpdir(), 'urr-app-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the app as `npx cdk` and the local runner do, with no account and no credentials. */
const run = (context: object) =>
  promisify(execFile)(process.execPath, ['bin/urr-app.ts'], {
    cwd: repositoryRoot,
    env: {
      PATH: process.env.PATH,
      CDK_OUTDIR: join(folder, 'out'),
      CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:bundling-stacks': [], ...context }),
    },
  });

describe('the app', () => {
  it.each(['dev', 'staging', 'prod'] as const)(
    '%s synthesizes without lookups, and cdk-nag reports nothing',
    (environment) => {
      const { missing, all } = synthesize(environment);
      expect(missing).toEqual([]);
      expect(all.length).toBeGreaterThan(50);
    },
  );

  it('cdk-nag reports nothing with a known account either', () => {
    expect(() => synthesize('prod', { account: '123456789012' })).not.toThrow();
  });

  it('cdk-nag runs: an unencrypted queue fails the synthesis', () => {
    const change = (scope: ReturnType<typeof synthesize>['app']) => {
      new Queue(Stack.of(scope.node.findChild('State')), 'Plain');
    };
    expect(() => synthesize('dev', { change })).toThrow(/AwsSolutions-SQS4/);
  });

  it('the app has the expected number of resources of each type', () => {
    const counts = new Map<string, number>();
    for (const { type } of synthesize('prod').all) counts.set(type, (counts.get(type) ?? 0) + 1);
    expect(Object.fromEntries([...counts].toSorted())).toMatchSnapshot();
  });

  it('the app runs directly, reads cdk.json itself, and uses the cycle of the command line', async () => {
    await run({ env: 'dev', cycleSeconds: '5' });
    expect(readFileSync(join(folder, 'out/WaitingRoom.template.json'), 'utf8')).toContain(
      '"CYCLE_SECONDS": "5"',
    );
  });

  it('the app refuses unknown arguments in one line, without a stack trace', async () => {
    await expect(run({ env: 'prod', color: 'blue' })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^[^\n]*color[^\n]*\n$/),
    });
  });
});
