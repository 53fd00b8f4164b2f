/**
 * List prices of AWS in US dollars: US East (N. Virginia), first tier, without free tier, savings plan or flat-rate
 * plan. Read in November 2026; check them again before use. Each line names its page.
 */
export const pricesReadAt = '2026-11';

export const prices = {
  /** HTTPS request, North America and Europe: 0.0100 per 10,000. https://aws.amazon.com/cloudfront/pricing */
  cloudfrontRequest: 0.01 / 10_000,
  /** GB out to the internet, first 10 TB. https://aws.amazon.com/cloudfront/pricing */
  cloudfrontGigabyteOut: 0.085,
  /** Invocation. https://aws.amazon.com/cloudfront/pricing */
  cloudfrontFunction: 0.1 / 1e6,
  /** Request inspected; web ACL and rules by the month are left out. https://aws.amazon.com/waf/pricing */
  wafRequest: 0.6 / 1e6,
  /** HTTP API request, first 300 million. https://aws.amazon.com/api-gateway/pricing */
  httpApiRequest: 1 / 1e6,
  /** REST API request, first 333 million. https://aws.amazon.com/api-gateway/pricing */
  restApiRequest: 3.5 / 1e6,
  /** https://aws.amazon.com/lambda/pricing */
  lambdaRequest: 0.2 / 1e6,
  /** GB-second on arm64. https://aws.amazon.com/lambda/pricing */
  lambdaGigabyteSecond: 0.0000133334,
  /** Write request unit, on demand. https://aws.amazon.com/dynamodb/pricing/on-demand */
  dynamodbWriteUnit: 0.625 / 1e6,
  /** Read request unit, on demand. https://aws.amazon.com/dynamodb/pricing/on-demand */
  dynamodbReadUnit: 0.125 / 1e6,
} as const;
