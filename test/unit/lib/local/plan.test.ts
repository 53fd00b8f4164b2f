// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of Fn::Sub
import { describe, expect, it } from 'vitest';
import type { Assembly, Stack, Template } from '#local/cloudformation/assembly.ts';
import { planAssembly } from '#local/cloudformation/plan.ts';

type Resources = Record<string, { Type: string; Properties?: Record<string, unknown>; DependsOn?: string[] }>;

function stack(
  name: string,
  resources: Resources,
  rest: Partial<Template> & { dependsOn?: string[] } = {},
): Stack {
  const { dependsOn = [], ...template } = rest;
  return {
    id: name,
    name,
    region: 'us-east-1',
    account: '000000000000',
    dependsOn,
    template: {
      Parameters: {},
      Mappings: {},
      Conditions: {},
      Outputs: {},
      Resources: Object.fromEntries(
        Object.entries(resources).map(([id, resource]) => [id, { Properties: {}, ...resource }]),
      ),
      ...template,
    },
  };
}
const assembly = (...stacks: Stack[]): Assembly => ({ stacks, assets: new Map(), images: new Map() });
const plan = (...stacks: Stack[]) => planAssembly(assembly(...stacks), (type) => type !== 'AWS::New::Thing');

describe('before any resource starts', () => {
  it('an unknown resource type is reported', () => {
    expect(() => plan(stack('a', { X: { Type: 'AWS::New::Thing' } }))).toThrow(
      'a/X: resource type AWS::New::Thing is not known to the local run',
    );
  });

  it('a reference without a target in the stack is reported', () => {
    const broken = { Type: 'T', Properties: { A: { 'Fn::Sub': '${Gone.Arn}' } } };
    expect(() => plan(stack('a', { X: broken }))).toThrow('a/X: refers to Gone');
  });

  it('an import without an export, and an output and a parameter without a writer are reported', () => {
    const X = {
      Type: 'T',
      Properties: {
        a: { 'Fn::ImportValue': 'lost' },
        b: { 'Fn::GetStackOutput': { StackName: 'b', OutputName: 'Gone' } },
        c: '{{resolve:ssm:/none}}',
      },
    };
    expect(() => plan(stack('a', { X }))).toThrow(/imports lost(.|\n)*b\/Gone(.|\n)*\/none/);
  });

  it('a cycle of resources is reported', () => {
    const template = {
      A: { Type: 'T', Properties: { x: { Ref: 'B' } } },
      B: { Type: 'T', DependsOn: ['A'] },
    };
    expect(() => plan(stack('s', template))).toThrow('these wait for each other: s/A -> s/B -> s/A');
  });

  it('an export of another stack is waited for, by import, output and cross-Region parameter', () => {
    const producer = stack(
      'p',
      {
        Table: { Type: 'T' },
        Writer: {
          Type: 'Custom::CrossRegionExportWriter',
          Properties: { WriterProps: { exports: { '/x': { Ref: 'Table' } } } },
        },
      },
      { Outputs: { Out: { Value: { Ref: 'Table' }, Export: { Name: 'shared' } } } },
    );
    const consumer = stack('c', {
      Import: { Type: 'T', Properties: { x: { 'Fn::ImportValue': 'shared' } } },
      Output: {
        Type: 'T',
        Properties: { x: { 'Fn::GetStackOutput': { StackName: 'p', OutputName: 'Out' } } },
      },
      Parameter: { Type: 'T', Properties: { x: '{{resolve:ssm:/x}}' } },
    });
    const dependencies = Object.fromEntries(
      plan(producer, consumer).map(({ key, dependsOn }) => [key, dependsOn]),
    );
    expect(dependencies['c/Import']).toEqual(['p/Table']);
    expect(dependencies['c/Output']).toEqual(['p/Table']);
    expect(dependencies['c/Parameter']).toEqual(['p/Writer']);
  });

  it('a stack that is deployed after another starts after it, even without a reference', () => {
    const [, late] = plan(
      stack('a', { X: { Type: 'T' } }),
      stack('b', { Y: { Type: 'T' } }, { dependsOn: ['a'] }),
    );
    expect(late?.dependsOn).toEqual(['a/X']);
  });
});
