// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of Fn::Sub
import { describe, expect, it } from 'vitest';
import { evaluate, noValue, type Scope } from '#local/cloudformation/intrinsics.ts';

const scope: Scope = {
  async ref(name) {
    if (name === 'AWS::NoValue') return noValue;
    if (name === 'Table') return 'urr-dev-events';
    if (name === 'AWS::Region') return 'ap-northeast-2';
    throw new Error(`no ${name}`);
  },
  getAtt: async (id, attribute) => `${id}/${attribute}`,
  importValue: async (name) => `imported ${name}`,
  stackOutput: async (stack, output) => `${stack}.${output}`,
  condition: async (name) => name === 'IsProd',
  findInMap: (map, first, second) => [map, first, second].join('/'),
  zones: (region) => [`${region}a`, `${region}b`],
  dynamicReference: async (reference) => (reference === 'ssm:/a' ? 'from ssm' : 'secret'),
};
const value = (input: unknown) => evaluate(input, scope);

describe('an intrinsic function, as in CloudFormation', () => {
  it.each<[string, unknown, unknown]>([
    ['Ref', { Ref: 'Table' }, 'urr-dev-events'],
    ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['Fn', 'Arn'] }, 'Fn/Arn'],
    [
      'Fn::GetAtt as text keeps dots of the attribute',
      { 'Fn::GetAtt': 'Fn.Endpoint.Port' },
      'Fn/Endpoint.Port',
    ],
    ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'Table' }, 3]] }, 'a-urr-dev-events-3'],
    ['Fn::Split in Fn::Select', { 'Fn::Select': [1, { 'Fn::Split': ['//', 'https://host'] }] }, 'host'],
    [
      'Fn::Sub with a reference, an attribute and a literal',
      { 'Fn::Sub': '${Table}:${Fn.Arn}:${!Keep}' },
      'urr-dev-events:Fn/Arn:${Keep}',
    ],
    [
      'Fn::Sub with own variables',
      { 'Fn::Sub': ['${x}/${AWS::Region}', { x: { Ref: 'Table' } }] },
      'urr-dev-events/ap-northeast-2',
    ],
    ['Fn::ImportValue', { 'Fn::ImportValue': 'shared' }, 'imported shared'],
    ['Fn::GetStackOutput', { 'Fn::GetStackOutput': { StackName: 's', OutputName: 'o', Region: 'r' } }, 's.o'],
    ['Fn::If, true', { 'Fn::If': ['IsProd', 1, 2] }, 1],
    ['Fn::If, false', { 'Fn::If': ['IsDev', 1, 2] }, 2],
    ['Fn::FindInMap', { 'Fn::FindInMap': ['m', { Ref: 'AWS::Region' }, 'k'] }, 'm/ap-northeast-2/k'],
    ['Fn::Base64', { 'Fn::Base64': 'hi' }, 'aGk='],
    [
      'Fn::And, Fn::Not, Fn::Equals',
      { 'Fn::And': [{ 'Fn::Not': [{ 'Fn::Equals': ['a', 'b'] }] }, { Condition: 'IsProd' }] },
      true,
    ],
    [
      'AWS::NoValue leaves a property out',
      { a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] },
      { b: [1] },
    ],
    [
      'a dynamic reference inside joined text',
      { 'Fn::Join': ['', ['x {{resolve:secretsmanager:', 'arn', ':SecretString:::}} y']] },
      'x secret y',
    ],
    ['an SSM reference', '{{resolve:ssm:/a}}', 'from ssm'],
    [
      'an object with a property named Condition',
      { Condition: { Bool: true } },
      { Condition: { Bool: true } },
    ],
  ])('%s', async (_, input, expected) => {
    expect(await value(input)).toEqual(expected);
  });

  it('fails with its name if it is unknown', async () => {
    await expect(value({ 'Fn::Transform': {} })).rejects.toThrow('Fn::Transform is not known');
  });

  it('refuses a list instead of a string, without its content in the message', async () => {
    await expect(value({ 'Fn::Join': ['', ['a', ['secret']]] })).rejects.toThrow(
      'needs a string, not a list',
    );
  });

  it('Fn::Select is an error beyond the end of the list', async () => {
    await expect(value({ 'Fn::Select': [5, ['a']] })).rejects.toThrow('no element 5');
  });
});
