import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** A caller waits at most attempts × (connect + response) and then receives 503: a slow table must not block a Lambda. */
const attemptsMax = 3;
const connectMsMax = 1_000;
const answerMsMax = 3_000;

/** Returns a client with the default credentials; region and AWS_ENDPOINT_URL_DYNAMODB come from the environment. */
export function createDocumentClient(): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    maxAttempts: attemptsMax,
    requestHandler: {
      connectionTimeout: connectMsMax,
      requestTimeout: answerMsMax,
      throwOnRequestTimeout: true,
      httpsAgent: { maxSockets: 200 },
      httpAgent: { maxSockets: 200 },
    },
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
