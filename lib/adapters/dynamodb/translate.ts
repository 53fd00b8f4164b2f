import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  ProvisionedThroughputExceededException,
  RequestLimitExceeded,
  ThrottlingException,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { UrrError } from '#core/errors.ts';

/** Returns the item that failed a conditional write; undefined: another failure. `item` is absent if there was none. */
export function conditionFailure(error: unknown): { readonly item: unknown } | undefined {
  if (!(error instanceof ConditionalCheckFailedException)) return undefined;
  return { item: error.Item === undefined ? undefined : unmarshall(error.Item) };
}

/**
 * Returns an update that sets these attributes and keeps all others, also those of a newer release, which PutItem would
 * remove.
 */
export function setting(attributes: Readonly<Record<string, unknown>>) {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return {
    UpdateExpression: `SET ${given.map(([name]) => `#${name} = :${name}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(given.map(([name]) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(given.map(([name, value]) => [`:${name}`, value])),
  };
}

/** Runs one call. A failure after the SDK's own repeats becomes UNAVAILABLE with the seconds until a repeat. */
export async function calling<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translated(error);
  }
}

function translated(error: unknown): unknown {
  if (error instanceof ConditionalCheckFailedException) return error;
  if (isThrottled(error)) {
    return new UrrError('UNAVAILABLE', 'too many requests at once; please try again', {
      retryAfterSeconds: 2,
      cause: error,
    });
  }
  const isOurFault = error instanceof DynamoDBServiceException && error.$fault === 'client';
  if (isOurFault) return error;
  return new UrrError('UNAVAILABLE', 'the storage does not respond; please try again', {
    retryAfterSeconds: 5,
    cause: error,
  });
}

const isThrottled = (error: unknown): boolean =>
  error instanceof ThrottlingException ||
  error instanceof ProvisionedThroughputExceededException ||
  error instanceof RequestLimitExceeded;
