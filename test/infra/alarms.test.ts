import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '#infra/bundle.ts';
import { synthesize } from './support/synthesized.ts';

const alarms = synthesize('prod').resources('AWS::CloudWatch::Alarm');
const named = alarms.map((alarm) => ({ ...alarm, toString: () => alarm.id }));

describe('alarms', () => {
  it('cover functions, queue, schedule, tables, API, gate and site', () => {
    expect(alarms.map(({ id }) => id.replace(/[0-9A-F]{8}$/, '')).toSorted()).toMatchSnapshot();
  });

  it.each(named)('$id notifies the operators when it starts and when it ends', ({ properties }) => {
    expect(properties.AlarmActions).toHaveLength(1);
    expect(properties.OKActions).toHaveLength(1);
    expect(JSON.stringify(properties.AlarmActions)).toMatch(/Alarms/);
    expect(properties.ActionsEnabled).not.toBe(false);
  });

  it.each(named)(
    '$id links to a section of the runbook with cause, investigation and resolution',
    ({ properties }) => {
      const [, file, anchor] =
        /docs\/runbook\/([a-z-]+\.md)#([a-z-]+)$/.exec(String(properties.AlarmDescription)) ?? [];
      expect(file, String(properties.AlarmDescription)).toBeDefined();
      const path = `${repositoryRoot}docs/runbook/${file}`;
      expect(existsSync(path), path).toBe(true);
      const section = sectionsOf(readFileSync(path, 'utf8')).get(anchor ?? '');
      expect(section, `${file}#${anchor}`).toBeDefined();
      for (const part of ['Description', 'Investigation', 'Resolution'])
        expect(section?.get(part)?.trim(), `${file}#${anchor} ${part}`).toMatch(/\w{3}/);
    },
  );

  it('the alarm on unreadable items includes every deployable that reports them', () => {
    const folder = `${repositoryRoot}functions/`;
    const reporting = readdirSync(folder).filter((name) => {
      const path = `${folder}${name}/index.ts`;
      return existsSync(path) && /reportUnreadable|connectWorker/.test(readFileSync(path, 'utf8'));
    });
    const alarm = alarms.find(({ id }) => id.startsWith('ItemsUnreadable'));
    const services = JSON.stringify(alarm?.properties.Metrics).matchAll(
      /"Name":"service","Value":"([a-z-]+)"/g,
    );
    expect([...services].map(([, service]) => service).toSorted()).toEqual(reporting.toSorted());
  });

  it('every section of the runbook has an alarm', () => {
    const described = new Set(
      alarms.map(({ properties }) => String(properties.AlarmDescription).split('/').at(-1)),
    );
    for (const target of described) expect(target).toContain('#');
    const files = new Set([...described].map((target) => String(target).split('#')[0]));
    for (const file of files)
      for (const anchor of sectionsOf(readFileSync(`${repositoryRoot}docs/runbook/${file}`, 'utf8')).keys())
        expect(described).toContain(`${file}#${anchor}`);
  });
});

/** Sections (`##`, by anchor) and their parts (`###`, by title). */
function sectionsOf(markdown: string): Map<string, Map<string, string>> {
  return new Map(
    markdown
      .split(/^## /m)
      .slice(1)
      .map((section) => {
        const [title = '', ...parts] = section.split(/^### /m);
        const anchor = title.trim().split('\n')[0]?.toLowerCase().replaceAll(' ', '-') ?? '';
        const byTitle = parts.map((part): [string, string] => {
          const end = part.indexOf('\n');
          return [part.slice(0, end).trim(), part.slice(end)];
        });
        return [anchor, new Map(byTitle)];
      }),
  );
}
