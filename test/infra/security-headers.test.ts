import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { SecurityHeaders } from '#infra/constructs/security-headers.ts';

const policy = (paymentWindow?: boolean) => {
  const stack = new Stack(new App(), 'Test');
  new SecurityHeaders(stack, 'Headers', {
    name: 'x',
    ...(paymentWindow === undefined ? {} : { paymentWindow }),
  });
  return Template.fromStack(stack);
};
const sources = (pattern: string) => ({
  ResponseHeadersPolicyConfig: {
    SecurityHeadersConfig: {
      ContentSecurityPolicy: { ContentSecurityPolicy: Match.stringLikeRegexp(pattern) },
    },
  },
});
const type = 'AWS::CloudFront::ResponseHeadersPolicy';

it('pages load nothing from other sites', () => {
  expect(JSON.stringify(policy().toJSON())).not.toContain('https://');
});

it("pages that open the payment provider's window load only its scripts, frames and calls", () => {
  const template = policy(true);
  template.hasResourceProperties(type, sources("script-src 'self' https://js\\.tosspayments\\.com(;|$)"));
  template.hasResourceProperties(type, sources("frame-src 'self' https://\\*\\.tosspayments\\.com(;|$)"));
  expect(JSON.stringify(template.toJSON())).not.toContain('unsafe');
});
