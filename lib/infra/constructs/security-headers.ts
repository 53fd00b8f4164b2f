import { Duration } from 'aws-cdk-lib';
import { HeadersFrameOption, HeadersReferrerPolicy, ResponseHeadersPolicy } from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';

export interface SecurityHeadersProps {
  /** Unique in the account. */
  readonly name: string;
  /**
   * The pages open the payment provider's window, which needs a script, frames and calls of the provider's hosts.
   * @default - the buyer is redirected to the provider's page, and the site's pages load nothing from other hosts
   */
  readonly paymentWindow?: boolean;
}

/** Allows scripts, styles and calls of the site alone; no inline code, no frames, no plug-ins. */
const contentSecurityPolicy = (paymentWindow: boolean): string =>
  [
    "default-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(paymentWindow ? paymentWindowSources : []),
  ].join('; ');

/** Sources that web/sale/payment loads for a real shop. */
const paymentWindowSources = [
  "script-src 'self' https://js.tosspayments.com",
  "frame-src 'self' https://*.tosspayments.com",
  "connect-src 'self' https://*.tosspayments.com",
];

/** The same headers on every response; they override the origin's. */
export class SecurityHeaders extends ResponseHeadersPolicy {
  constructor(scope: Construct, id: string, props: SecurityHeadersProps) {
    const override = true;
    super(scope, id, {
      responseHeadersPolicyName: props.name,
      securityHeadersBehavior: {
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(730),
          includeSubdomains: true,
          override,
        },
        contentTypeOptions: { override },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override },
        // The path of a page contains the event, which other sites need not know.
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.STRICT_ORIGIN, override },
        contentSecurityPolicy: {
          contentSecurityPolicy: contentSecurityPolicy(props.paymentWindow ?? false),
          override,
        },
      },
      customHeadersBehavior: {
        customHeaders: [
          { header: 'permissions-policy', value: 'camera=(), geolocation=(), microphone=()', override },
          { header: 'cross-origin-opener-policy', value: 'same-origin', override },
        ],
      },
      removeHeaders: ['server', 'x-amz-server-side-encryption', 'x-amz-version-id', 'apigw-requestid'],
    });
  }
}
