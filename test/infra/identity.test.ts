import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseEnvironment } from '#contract/environment.ts';
import { siteUrl } from '#infra/names.ts';
import { loadSettings, parseSettings } from '#infra/settings/load.ts';
import { record, synthesize } from './support/synthesized.ts';

const dev = synthesize('dev').template('identity');
const prod = synthesize('prod').template('identity');
const site = 'http://localhost:8787';
const list = (value: unknown) => z.array(z.record(z.string(), z.unknown())).parse(value);

describe('the user pool', () => {
  it('accepts verified e-mail addresses and strong passwords', () => {
    dev.hasResourceProperties('AWS::Cognito::UserPool', {
      UsernameAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
      AutoVerifiedAttributes: ['email'],
      MfaConfiguration: 'OPTIONAL',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      Policies: {
        PasswordPolicy: {
          MinimumLength: 12,
          RequireLowercase: true,
          RequireUppercase: true,
          RequireNumbers: true,
          RequireSymbols: true,
        },
      },
    });
  });

  it('is retained and protected in prod', () => {
    prod.hasResource('AWS::Cognito::UserPool', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: Match.objectLike({
        DeletionProtection: 'ACTIVE',
        UserPoolTier: 'PLUS',
        UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
      }),
    });
  });

  it('has the group of administrators', () => {
    dev.hasResourceProperties('AWS::Cognito::UserPoolGroup', { GroupName: 'urr-admin' });
  });
});

describe('the client of the site', () => {
  const expected = {
    AllowedOAuthFlows: ['code'],
    AllowedOAuthScopes: ['openid', 'email'],
    CallbackURLs: [`${site}/api/v1/auth/callback`],
    LogoutURLs: [`${site}/`],
    GenerateSecret: false,
    EnableTokenRevocation: true,
    PreventUserExistenceErrors: 'ENABLED',
    AccessTokenValidity: 5,
    RefreshTokenValidity: 720,
    RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
  };
  it('accepts only codes, at one address, with short access tokens and rotating refresh tokens', () => {
    dev.hasResourceProperties('AWS::Cognito::UserPoolClient', expected);
  });

  it('allows sign-in only by the managed login: no SRP, no password, no refresh without rotation', () => {
    const [client] = synthesize('dev').resources('AWS::Cognito::UserPoolClient');
    const [pool] = synthesize('dev').resources('AWS::Cognito::UserPool');
    expect(client?.properties.ExplicitAuthFlows).toEqual(['ALLOW_CUSTOM_AUTH']);
    // A custom flow needs a trigger, and there is none.
    expect(pool?.properties.LambdaConfig).toBeUndefined();
  });
});

describe('the web ACL of the user pool', () => {
  const [acl] = synthesize('dev').resources('AWS::WAFv2::WebACL', 'identity');
  const rules = list(acl?.properties.Rules);

  it('protects the pool in its Region', () => {
    const [pool] = synthesize('dev').resources('AWS::Cognito::UserPool');
    expect(acl?.properties).toMatchObject({ Scope: 'REGIONAL', DefaultAction: { Allow: {} } });
    dev.hasResourceProperties('AWS::WAFv2::WebACLAssociation', {
      ResourceArn: { 'Fn::GetAtt': [pool?.id, 'Arn'] },
      WebACLArn: { 'Fn::GetAtt': [acl?.id, 'Arn'] },
    });
  });

  it('limits requests per address to the managed login, and lets the sign-in function fetch tokens', () => {
    const { signInsPerMinute } = loadSettings({ env: 'dev' }).firewall;
    const rate = rules.find(({ Name }) => Name === 'rate-managed-login');
    const { RateBasedStatement } = record(rate?.Statement);
    expect(RateBasedStatement).toMatchObject({
      AggregateKeyType: 'IP',
      EvaluationWindowSec: 60,
      Limit: signInsPerMinute * 20,
      ScopeDownStatement: {
        NotStatement: {
          Statement: {
            ByteMatchStatement: { SearchString: '/oauth2/token', PositionalConstraint: 'EXACTLY' },
          },
        },
      },
    });
    expect(rate?.Action).toEqual({ Block: {} });
  });

  it('has AWS’s lists of bad addresses and bad inputs', () => {
    const groups = rules.flatMap(({ Statement }) => record(Statement).ManagedRuleGroupStatement ?? []);
    expect(groups.map((group) => record(group).Name)).toEqual([
      'AWSManagedRulesAmazonIpReputationList',
      'AWSManagedRulesKnownBadInputsRuleSet',
    ]);
  });
});

describe('the sign-in function', () => {
  it('gets its tables, secrets, issuer, client and address from the template', () => {
    const functions = synthesize('dev').resources('AWS::Lambda::Function', 'identity');
    const variables = record(record(functions[0]?.properties.Environment).Variables);
    expect(functions).toHaveLength(1);
    expect(variables).toMatchObject({ SITE_URL: site, SESSION_SECONDS: '43200' });
    expect(JSON.stringify(variables.SIGN_IN_ISSUER)).toContain('ProviderURL');
    expect(JSON.stringify(variables.SIGN_IN_CLIENT_ID)).toContain('Ref');
  });

  it('has an environment that its contract accepts, and no other variable', () => {
    const [found] = synthesize('dev').resources('AWS::Lambda::Function', 'identity');
    const variables = record(record(found?.properties.Environment).Variables);
    const asText = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : 'https://token.example',
      ]),
    );
    const parsed = parseEnvironment('auth', asText);
    expect(Object.keys(variables).sort()).toEqual([...Object.keys(parsed), 'NODE_OPTIONS'].sort());
  });

  it('has a table that deletes ended sessions', () => {
    dev.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TableName: 'urr-dev-sessions',
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
  });
});

describe('the address of the site', () => {
  const dev = { env: 'dev' };
  it('comes from siteUrl, else from the domain name of the site', () => {
    const named = {
      domainName: 'tickets.example',
      certificateArn: `arn:aws:acm:us-east-1:${'1'.repeat(12)}:certificate/a1`,
    };
    const settings = loadSettings(dev);
    expect(siteUrl(settings)).toBe(site);
    expect(siteUrl({ ...settings, site: named })).toBe('https://tickets.example');
    expect(siteUrl(loadSettings({ ...dev, siteUrl: 'https://d1.cloudfront.net' }))).toBe(
      'https://d1.cloudfront.net',
    );
  });

  it.each(['https://d1.cloudfront.net/', 'https://d1.cloudfront.net/x', 'd1.cloudfront.net', ''])(
    '%j is refused by name',
    (url) => {
      expect(() => loadSettings({ ...dev, siteUrl: url })).toThrow(/siteUrl/);
    },
  );

  it('a secret of Google that is no secret ARN is named and refused', () => {
    const settings = loadSettings(dev);
    const google = { clientId: 'x', clientSecretArn: 'GOCSPX-the-secret-itself' };
    expect(() => parseSettings({ ...settings, signIn: { ...settings.signIn, google } })).toThrow(
      /clientSecretArn/,
    );
  });
});
