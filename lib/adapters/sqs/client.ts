import { SQSClient } from '@aws-sdk/client-sqs';

/** A client of the usual place and credentials. The caller repeats, so the SDK need not do so for long. */
export const createSqsClient = (): SQSClient =>
  new SQSClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
