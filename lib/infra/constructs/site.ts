import { Duration } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionRuntime,
  HttpVersion,
  OriginProtocolPolicy,
  OriginSslPolicy,
  PriceClass,
  SecurityPolicyProtocol,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin, VpcOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { type IVersion, Version } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { edgeConfigKey } from '#contract/edge-config.ts';
import { edgeConfigHeader, originSecretHeader } from '#contract/tokens.ts';
import { canonicalPathCode } from '../edge-code.ts';
import { acknowledge } from '../nag.ts';
import type { Settings } from '../settings/schema.ts';
import { Caching } from './caching.ts';
import { SecurityHeaders } from './security-headers.ts';
import { siteBehaviours } from './site-behaviours.ts';

export interface SiteProps {
  readonly settings: Settings;
  readonly pages: IBucket;
  readonly apiDomainName: string;
  /** Internal load balancer of the container workers. */
  readonly workers: IApplicationLoadBalancer;
  readonly originSecret: Secret;
  readonly edgeConfigBucket: IBucket;
  /** A numbered version in us-east-1. */
  readonly tokenGateVersionArn: string;
  readonly webAclArn: string;
  readonly accessLogs: IBucket;
}

/** Statuses of failed responses; CloudFront passes each unchanged and never caches it. */
const errorStatuses = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504] as const;

/** The distribution: every path of URR, over HTTP/2 and HTTP/3. */
export class Site extends Construct {
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, props: SiteProps) {
    super(scope, id);
    const { settings } = props;
    const prefix = `urr-${settings.environmentName}`;
    // Headers that CloudFront sends to an origin replace a visitor's headers of the same name.
    const toGate = {
      [edgeConfigHeader]: `https://${props.edgeConfigBucket.bucketRegionalDomainName}/${edgeConfigKey}`,
    };
    const pages = S3BucketOrigin.withOriginAccessControl(props.pages, { customHeaders: toGate });
    const api = new HttpOrigin(props.apiDomainName, {
      protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
      customHeaders: {
        ...toGate,
        // A dynamic reference: the template contains the secret's name, never its value.
        [originSecretHeader]: props.originSecret.secretValue.unsafeUnwrap(),
      },
      // Longer than the slowest function behind it, so that its response arrives.
      readTimeout: Duration.seconds(20),
      keepaliveTimeout: Duration.seconds(60),
      connectionAttempts: 2,
      connectionTimeout: Duration.seconds(5),
    });
    // Only this distribution can reach it: there is no public address, so no secret header is needed.
    const workers = VpcOrigin.withApplicationLoadBalancer(props.workers, {
      vpcOriginName: `${prefix}-workers`,
      protocolPolicy: OriginProtocolPolicy.HTTP_ONLY,
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
      customHeaders: toGate,
      // The confirmation of a payment calls the provider, at most three times 10 s.
      readTimeout: Duration.seconds(40),
      // Shorter than the load balancer's idle time-out, so that CloudFront never uses a closed connection.
      keepaliveTimeout: Duration.seconds(50),
      connectionAttempts: 2,
      connectionTimeout: Duration.seconds(5),
    });
    const { default: defaultBehavior, ...additionalBehaviors } = siteBehaviours({
      pages,
      api,
      workers,
      caching: new Caching(this, 'Caching', { prefix }),
      headers: new SecurityHeaders(this, 'SecurityHeaders', {
        name: `${prefix}-security`,
        paymentWindow: settings.payment.checkoutUrl === undefined,
      }),
      canonicalPath: this.canonicalPath(prefix),
      tokenGate: this.tokenGate(props.tokenGateVersionArn),
    });
    if (defaultBehavior === undefined) throw new Error('the behaviour table has no default');

    this.distribution = new Distribution(this, 'Distribution', {
      // CloudFormation reads the origin secret again only when the distribution changes: this number changes it.
      comment: `${prefix} (origin secret ${settings.originSecretRotation})`,
      defaultBehavior,
      additionalBehaviors,
      httpVersion: HttpVersion.HTTP2_AND_3,
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      priceClass: PriceClass.PRICE_CLASS_ALL,
      webAclId: props.webAclArn,
      logBucket: props.accessLogs,
      logFilePrefix: 'cloudfront/',
      // Cookies contain tokens.
      logIncludesCookies: false,
      // Errors are not replaced by a page, which would hide the API's errors, and not cached unless the origin allows it:
      // with CloudFront's default of 10 s a visitor would see another visitor's refusal.
      errorResponses: errorStatuses.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
      ...(settings.site === undefined
        ? {}
        : {
            domainNames: [settings.site.domainName],
            certificate: Certificate.fromCertificateArn(this, 'Certificate', settings.site.certificateArn),
          }),
    });
    const ownName = "CloudFront's own name allows no other policy; set `site` and TLSv1.2_2021 is in force.";
    acknowledge(this.distribution, {
      'AwsSolutions-CFR1':
        'Tickets are bought from abroad too: countries are the sale’s decision, not the platform’s.',
      ...(settings.site === undefined
        ? {
            'AwsSolutions-CFR4': ownName,
            '@aws-cdk/aws-cloudfront:minimumProtocolVersionWithoutCertificate': ownName,
          }
        : {}),
    });
  }

  private canonicalPath(prefix: string): EdgeFunction {
    return new EdgeFunction(this, 'CanonicalPath', {
      functionName: `${prefix}-canonical-path`,
      comment: 'Refuses non-canonical paths and missing tokens; maps pages to files',
      runtime: FunctionRuntime.JS_2_0,
      code: FunctionCode.fromInline(canonicalPathCode()),
      autoPublish: true,
    });
  }

  private tokenGate(arn: string): IVersion {
    return Version.fromVersionArn(this, 'TokenGate', arn);
  }
}
