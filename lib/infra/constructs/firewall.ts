import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { authPaths } from '#contract/accounts.ts';
import { originSecretHeader, tokenHeader, visitorHeader } from '#contract/tokens.ts';
import type { Settings } from '../settings/schema.ts';

export interface FirewallProps {
  readonly settings: Settings;
}

type Rule = CfnWebACL.RuleProperty;
const tooMany = 'too-many-requests';

/** Matches normalized paths, as the cache behaviours and the gate do, so that `/API//x` does not avoid its limit. */
const pathBeginsWith = (prefix: string): CfnWebACL.StatementProperty => ({
  byteMatchStatement: {
    fieldToMatch: { uriPath: {} },
    positionalConstraint: 'STARTS_WITH',
    searchString: prefix,
    textTransformations: [
      { priority: 0, type: 'URL_DECODE' },
      { priority: 1, type: 'NORMALIZE_PATH' },
      { priority: 2, type: 'LOWERCASE' },
    ],
  },
});

/**
 * Rate limits per address and path class, and AWS's managed rules. The rate limits are coarse (AWS counts approximately and
 * some seconds late); the limits per account are behind them.
 */
export class Firewall extends Construct {
  readonly acl: CfnWebACL;

  constructor(scope: Construct, id: string, props: FirewallProps) {
    super(scope, id);
    const { settings } = props;
    const { signInsPerMinute, joinsPerMinute, apiRequestsPerMinute, requestsPerMinute } = settings.firewall;
    const anyApi: CfnWebACL.StatementProperty = {
      orStatement: { statements: [pathBeginsWith('/vwr-api/'), pathBeginsWith('/api/')] },
    };
    const acl = new CfnWebACL(this, 'Acl', {
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      visibilityConfig: this.visibility('all'),
      customResponseBodies: {
        [tooMany]: {
          contentType: 'APPLICATION_JSON',
          // URR's common error format (contract/errors.ts).
          content: JSON.stringify({ error: 'Too many requests', code: 'TOO_MANY_REQUESTS' }),
        },
      },
      rules: [
        this.managed(0, 'AWSManagedRulesAmazonIpReputationList'),
        this.rate(1, 'joins', joinsPerMinute, pathBeginsWith('/vwr-api/vwr/assign/')),
        // Only the start counts: pages call /me and refresh often, and a callback needs a start before it.
        this.rate(2, 'sign-ins', signInsPerMinute, pathBeginsWith(authPaths.signIn)),
        this.rate(3, 'api', apiRequestsPerMinute, anyApi),
        this.rate(4, 'everything', requestsPerMinute),
        this.managed(5, 'AWSManagedRulesKnownBadInputsRuleSet'),
        this.managed(6, 'AWSManagedRulesCommonRuleSet'),
      ],
    });
    this.acl = acl;
    this.log(acl, settings);
  }

  private visibility(name: string): CfnWebACL.VisibilityConfigProperty {
    return { cloudWatchMetricsEnabled: true, metricName: name, sampledRequestsEnabled: false };
  }

  /** Limits requests per address and minute; refuses with 429 and Retry-After. */
  private rate(priority: number, name: string, limit: number, scope?: CfnWebACL.StatementProperty): Rule {
    return {
      priority,
      name: `rate-${name}`,
      statement: {
        rateBasedStatement: {
          aggregateKeyType: 'IP',
          evaluationWindowSec: 60,
          limit,
          ...(scope === undefined ? {} : { scopeDownStatement: scope }),
        },
      },
      action: {
        block: {
          customResponse: {
            responseCode: 429,
            customResponseBodyKey: tooMany,
            responseHeaders: [{ name: 'Retry-After', value: '60' }],
          },
        },
      },
      visibilityConfig: this.visibility(`rate-${name}`),
    };
  }

  private managed(priority: number, name: string): Rule {
    return {
      priority,
      name,
      statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } },
      overrideAction: { none: {} },
      visibilityConfig: this.visibility(name),
    };
  }

  /** Logs blocked requests only, without cookies and tokens. */
  private log(acl: CfnWebACL, settings: Settings): void {
    const group = new LogGroup(this, 'Logs', {
      // WAF accepts only log groups with this prefix.
      logGroupName: `aws-waf-logs-urr-${settings.environmentName}`,
      retention: settings.logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const secret = [
      'cookie',
      'authorization',
      visitorHeader,
      originSecretHeader,
      ...Object.values(tokenHeader),
    ];
    new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: acl.attrArn,
      // WAF requires the group's ARN without the trailing ":*".
      logDestinationConfigs: [
        Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: group.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      redactedFields: secret.map((name) => ({ singleHeader: { Name: name } })),
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: [{ ActionCondition: { Action: 'BLOCK' } }],
          },
        ],
      },
    });
  }
}
