import { describe, expect, it } from 'vitest';
import config from '../../../vitest.config.ts';
import { kinds, planStages, tallyOf } from '../../support/rules/stages.ts';

describe('npm test', () => {
  it('runs every project of vitest, so a new kind of test is included', () => {
    const projects = config.test?.projects?.map((project) =>
      typeof project === 'object' && 'test' in project ? project.test?.name : project,
    );
    expect(new Set(projects)).toEqual(new Set(kinds));
  });

  it.each([
    [[], [['unit'], ['infra', 'lua', 'simulation', 'integration'], ['contest'], ['e2e']], []],
    [['e2e', 'unit'], [['unit'], ['e2e']], []],
    [['--except', 'unit'], [['infra', 'lua', 'simulation', 'integration'], ['contest'], ['e2e']], []],
    [['infra', 'test/infra/a.test.ts', '-t', 'title'], [['infra']], ['test/infra/a.test.ts', '-t', 'title']],
  ])(
    'with %j runs the chosen kinds from fast to slow, and passes the rest on',
    (words, stages, vitestArguments) => {
      expect(planStages(words)).toEqual({ stages, vitestArguments });
    },
  );

  it.each([
    [['typo'], 'not a kind of test. Known: unit, infra'],
    [['--except', 'typo'], 'not a kind of test. Known: unit, infra'],
    [['--except'], 'not a kind of test'],
    [['unit', '--except', 'unit'], 'no kind of test is left'],
  ])('refuses %j, and lists the known kinds', (words, problem) => {
    expect(planStages(words)).toMatchObject({ problem: expect.stringContaining(problem) });
  });

  it('never passes a stage if vitest did not pass', () => {
    expect(tallyOf({ numPassedTests: 3, numFailedTests: 0 }, 0)).toEqual({ passed: 3, failed: 0 });
    expect(tallyOf({ numPassedTests: 3, numFailedTests: 0 }, 1)).toEqual({ passed: 3, failed: 1 });
    expect(tallyOf({ numPassedTests: 3, numFailedTests: 2 }, 1)).toEqual({ passed: 3, failed: 2 });
    expect(tallyOf(undefined, 137)).toEqual({ passed: 0, failed: 1 });
  });
});
