import type { App } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { authPaths } from '#contract/accounts.ts';
import { visitorHeader } from '#contract/tokens.ts';
import { record, synthesize } from './support/synthesized.ts';

const dev = synthesize('dev', { isBundled: true });
const edge = dev.template('edge');

describe('the token gate', () => {
  it('is in us-east-1, as Lambda@Edge requires', () => {
    expect(regionOf('Edge')).toBe('us-east-1');
    expect(regionOf('Delivery')).toBe('ap-northeast-2');
  });

  it('uses nothing that Lambda@Edge refuses: no environment, network, layers or tracing, and x86-64', () => {
    const gates = dev.resources('AWS::Lambda::Function', 'edge');
    expect(gates.length).toBe(1);
    for (const { properties } of gates) {
      for (const refused of [
        'Environment',
        'VpcConfig',
        'Layers',
        'TracingConfig',
        'KmsKeyArn',
        'FileSystemConfigs',
      ])
        expect(properties).not.toHaveProperty(refused);
      expect(properties).toMatchObject({ Architectures: ['x86_64'], Runtime: 'nodejs24.x' });
      // Viewer events allow 5 s and, according to some of AWS's pages, 128 MB.
      expect(properties.MemorySize).toBeLessThanOrEqual(128);
      expect(properties.Timeout).toBeLessThanOrEqual(5);
    }
  });

  it('is associated by a numbered version, which is kept when the next one replaces it', () => {
    const [version] = dev.resources('AWS::Lambda::Version', 'edge');
    const [output = ''] = Object.keys(edge.findOutputs('*', { Value: { Ref: version?.id } }));
    expect(output).toMatch(/^TokenGateVersionArn[0-9a-f]{8}$/);
    expect(JSON.stringify(dev.template('delivery').toJSON())).toContain(output);
    expect(version?.resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  // The CDK CLI skips a stack whose template is the one deployed.
  it('a changed gate changes the template of the distribution', () => {
    const delivery = (change: (app: App) => void) =>
      JSON.stringify(synthesize('dev', { change }).template('delivery').toJSON());
    const [before, after] = [delivery(() => {}), delivery(changeGate)];
    const name = /TokenGateVersionArn[0-9a-f]{8}/g;
    // The distribution's own digest follows.
    const names = /(?:TokenGateVersionArn|DistributionId)[0-9a-f]{8}/g;
    expect(after.match(name)).not.toEqual(before.match(name));
    expect(after.replaceAll(names, '')).toBe(before.replaceAll(names, ''));
  });

  it('may read the edge configuration and nothing else', () => {
    edge.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 's3:GetObject',
            Resource: { 'Fn::Join': ['', [Match.anyValue(), '/edge-config.json']] },
          }),
        ]),
      },
    });
    const actions = dev.resources('AWS::IAM::Policy', 'edge').flatMap(({ properties }) => {
      const { Statement } = record(properties.PolicyDocument);
      return (Array.isArray(Statement) ? Statement.map(record) : []).flatMap(({ Action }) => Action);
    });
    expect(actions.toSorted()).toEqual([
      'logs:CreateLogGroup',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
    ]);
  });

  it('may be invoked by Lambda and at the edge', () => {
    const [role] = dev.resources('AWS::IAM::Role', 'edge');
    const trusted = JSON.stringify(role?.properties.AssumeRolePolicyDocument);
    expect(trusted).toContain('"lambda.amazonaws.com"');
    expect(trusted).toContain('"edgelambda.amazonaws.com"');
  });
});

describe('the firewall', () => {
  const [acl] = dev.resources('AWS::WAFv2::WebACL', 'edge');
  const rules = (Array.isArray(acl?.properties.Rules) ? acl.properties.Rules : []).map(record);

  it('protects CloudFront', () => {
    expect(acl?.properties.Scope).toBe('CLOUDFRONT');
    dev.template('delivery').hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        WebACLId: {
          'Fn::GetStackOutput': Match.objectLike({
            OutputName: Match.stringLikeRegexp('^WebAclArn[0-9a-f]{8}$'),
          }),
        },
      },
    });
  });

  it('limits joins, sign-ins (C5), API calls and all requests per address, each by its setting', () => {
    const limits = rules.flatMap(({ Name, Statement }) => {
      const { Limit } = record(record(Statement).RateBasedStatement);
      return Limit === undefined ? [] : [[Name, Limit]];
    });
    expect(Object.fromEntries(limits)).toEqual({
      'rate-joins': 2_000,
      'rate-sign-ins': 1_000,
      'rate-api': 60_000,
      'rate-everything': 120_000,
    });
  });

  it('counts the start of a sign-in, and neither a signed-in check, a refresh nor a callback', () => {
    const rule = rules.find(({ Name }) => Name === 'rate-sign-ins');
    const { ScopeDownStatement } = record(record(rule?.Statement).RateBasedStatement);
    const { SearchString, PositionalConstraint } = record(record(ScopeDownStatement).ByteMatchStatement);
    expect(PositionalConstraint).toBe('STARTS_WITH');
    const counted = Object.values(authPaths).filter((path) => path.startsWith(String(SearchString)));
    expect(counted).toEqual([authPaths.signIn]);
  });

  it('responds to a limited request in the common error format, with Retry-After', () => {
    const bodies = record(acl?.properties.CustomResponseBodies);
    expect(JSON.parse(String(record(bodies['too-many-requests']).Content))).toEqual({
      error: 'Too many requests',
      code: 'TOO_MANY_REQUESTS',
    });
    for (const { Name, Action } of rules.filter(({ Name }) => String(Name).startsWith('rate-')))
      expect({ Name, Action }).toMatchObject({
        Action: {
          Block: { CustomResponse: { ResponseCode: 429, ResponseHeaders: [{ Name: 'Retry-After' }] } },
        },
      });
  });

  it('runs AWS’s common, known-bad-input and reputation rules in blocking mode', () => {
    const managed = rules.filter(({ Statement }) => 'ManagedRuleGroupStatement' in record(Statement));
    expect(managed.map(({ Name, OverrideAction }) => [Name, OverrideAction])).toEqual([
      ['AWSManagedRulesAmazonIpReputationList', { None: {} }],
      ['AWSManagedRulesKnownBadInputsRuleSet', { None: {} }],
      ['AWSManagedRulesCommonRuleSet', { None: {} }],
    ]);
  });

  it('logs no cookies and no tokens', () => {
    const [logging] = dev.resources('AWS::WAFv2::LoggingConfiguration');
    const redacted = JSON.stringify(logging?.properties.RedactedFields);
    for (const header of ['cookie', 'authorization', visitorHeader, 'x-urr-vwr-token', 'x-queue-entry-token'])
      expect(redacted).toContain(`"Name":"${header}"`);
  });
});

function regionOf(stack: string): unknown {
  return Reflect.get(dev.app.node.findChild(stack), 'region');
}

/** The gate after a change of its code. */
function changeGate(app: App): void {
  const gate = app.node.findAll().find((one) => one.node.path === 'Edge/TokenGate/Function/Resource');
  if (!(gate instanceof CfnFunction)) throw new Error('the edge stack has no gate');
  gate.addPropertyOverride('Code.S3Key', 'another.zip');
}
