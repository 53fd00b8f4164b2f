import { SQSClient } from '@aws-sdk/client-sqs';

/** Returns a client with the default region and credentials. The caller repeats, so the SDK makes few attempts. */
export const createSqsClient = (): SQSClient =>
  new SQSClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
