import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { Settings } from '../settings/schema.ts';

export interface UserPoolFirewallProps {
  readonly settings: Settings;
  readonly userPoolArn: string;
}

type Rule = CfnWebACL.RuleProperty;

/** Requests of one sign-in at the managed login: pages, forms and files, with a retry and a new password. */
const requestsPerSignIn = 20;

/**
 * The web ACL of the user pool, because requests to the managed login and the pool's public API do not pass the site's firewall.
 *
 * The rate excludes the token endpoint, which the auth function calls for all visitors from few addresses. The common rule set
 * is not used: it blocks queries like redirect addresses and PKCE, and Cognito accepts no bodies of URR. Cognito does not
 * support custom responses of rules.
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

/** Limits requests per address and minute. */
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
