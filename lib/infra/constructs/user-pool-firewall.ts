import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { Settings } from '../settings/schema.ts';

export interface UserPoolFirewallProps {
  readonly settings: Settings;
  readonly userPoolArn: string;
}

type Rule = CfnWebACL.RuleProperty;

/** Pages, forms and files that one sign-in at the managed login takes, a retry and a new password included. */
const requestsPerSignIn = 20;

/**
 * The web ACL of the user pool: managed login and the pool's public API are reached around the site and its firewall.
 *
 * The rate leaves the token endpoint out: the auth function asks it for everybody, from few addresses. The common rule set
 * is left out: redirect addresses and PKCE in a query look like what it blocks, and Cognito does not accept bodies of ours.
 * Cognito takes no custom answers from rules.
 */
export class UserPoolFirewall extends Construct {
  constructor(scope: Construct, id: string, { settings, userPoolArn }: UserPoolFirewallProps) {
    super(scope, id);
    const acl = new CfnWebACL(this, 'Acl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visibility('user-pool'),
      rules: [
        managed(0, 'AWSManagedRulesAmazonIpReputationList'),
        rate(1, settings.firewall.signInsPerMinute * requestsPerSignIn),
        managed(2, 'AWSManagedRulesKnownBadInputsRuleSet'),
      ],
    });
    new CfnWebACLAssociation(this, 'Association', { resourceArn: userPoolArn, webAclArn: acl.attrArn });
  }
}

const visibility = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  cloudWatchMetricsEnabled: true,
  metricName,
  sampledRequestsEnabled: false,
});

const isTokenEndpoint: CfnWebACL.StatementProperty = {
  byteMatchStatement: {
    fieldToMatch: { uriPath: {} },
    positionalConstraint: 'EXACTLY',
    searchString: '/oauth2/token',
    textTransformations: [{ priority: 0, type: 'NONE' }],
  },
};

/** Requests of one address within a minute. */
const rate = (priority: number, limit: number): Rule => ({
  priority,
  name: 'rate-managed-login',
  statement: {
    rateBasedStatement: {
      aggregateKeyType: 'IP',
      evaluationWindowSec: 60,
      limit,
      scopeDownStatement: { notStatement: { statement: isTokenEndpoint } },
    },
  },
  action: { block: {} },
  visibilityConfig: visibility('rate-managed-login'),
});

const managed = (priority: number, name: string): Rule => ({
  priority,
  name,
  statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } },
  overrideAction: { none: {} },
  visibilityConfig: visibility(`user-pool-${name}`),
});
