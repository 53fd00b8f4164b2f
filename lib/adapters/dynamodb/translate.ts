import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  ProvisionedThroughputExceededException,
  RequestLimitExceeded,
  ThrottlingException,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { core } from 'zod';
import { UrrError } from '#core/errors.ts';

/** The item that stood in the way of a conditional write; undefined: no such failure. `item` is absent if there was none. */
export function conditionFailure(error: unknown): { readonly item: unknown } | undefined {
  if (!(error instanceof ConditionalCheckFailedException)) return undefined;
  return { item: error.Item === undefined ? undefined : unmarshall(error.Item) };
}

/** Runs one call; what the SDK could not mend by its own repeats becomes UNAVAILABLE with the time to come back. */
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
    return new UrrError('UNAVAILABLE', 'too many at once, please try again', {
      retryAfterSeconds: 2,
      cause: error,
    });
  }
  const isOurFault = error instanceof DynamoDBServiceException && error.$fault === 'client';
  if (isOurFault) return error;
  return new UrrError('UNAVAILABLE', 'storage does not answer, please try again', {
    retryAfterSeconds: 5,
    cause: error,
  });
}

const isThrottled = (error: unknown): boolean =>
  error instanceof ThrottlingException ||
  error instanceof ProvisionedThroughputExceededException ||
  error instanceof RequestLimitExceeded;

/** Parses an item; one that does not fit its schema is a broken promise, named by its key and never by its contents. */
export function parseItem<T>(schema: core.$ZodType<T>, item: unknown, key: string): T {
  const parsed = core.safeParse(schema, item);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new UrrError('INTERNAL', `stored item ${key} is not usable`, { cause: problems });
}
