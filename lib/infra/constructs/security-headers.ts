import { Duration } from 'aws-cdk-lib';
import { HeadersFrameOption, HeadersReferrerPolicy, ResponseHeadersPolicy } from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';

export interface SecurityHeadersProps {
  /** Unique in the account. */
  readonly name: string;
  /**
   * The pages open the payment provider's own window, which brings a script, frames and calls of the provider's hosts.
   * @default - the buyer is sent to the provider's page, and the site's pages need nothing from elsewhere
   */
  readonly paymentWindow?: boolean;
}

/** Scripts, styles and calls come from the site alone; nothing inline, nothing framed, no plug-in. */
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

/** What web/sale/payment loads where a real shop is configured. */
const paymentWindowSources = [
  "script-src 'self' https://js.tosspayments.com",
  "frame-src 'self' https://*.tosspayments.com",
  "connect-src 'self' https://*.tosspayments.com",
];

/** The same headers on every answer, whatever the origin said. */
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
        // The path of a page names an event; other sites need not learn which.
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
