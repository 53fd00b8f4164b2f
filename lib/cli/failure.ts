import { UrrError } from '#core/errors.ts';
import { UsageError } from './usage-error.ts';

/** Failure of a command, and the next step for the operator. */
interface Failure {
  /** 1: refused or failed. 2: the command line itself is wrong. */
  readonly exitCode: 1 | 2;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

const hints: Readonly<Record<string, string>> = {
  EVENT_NOT_FOUND: 'event list shows the live events; event create makes a new one',
  CONFLICT: 'check the current state with event show, then repeat the command',
  UNAVAILABLE: 'check that the system runs and that this machine can reach it, then repeat the command',
  UNPROCESSABLE:
    'correct the named attributes with event set or in the DynamoDB console; a pause, a close or a reset takes effect at once',
};

/** Hints by the name of an AWS SDK error. Names are part of the SDK's interface, messages are not. */
const awsHints: Readonly<Record<string, string>> = {
  ResourceNotFoundException:
    'the table does not exist; check that the environment is deployed in this account and Region (AWS_PROFILE, AWS_REGION)',
  CredentialsProviderError: 'no AWS credentials were found; sign in (aws sso login) or set AWS_PROFILE',
  UnrecognizedClientException: 'these AWS credentials are not valid; sign in again (aws sso login)',
  ExpiredTokenException: 'these AWS credentials have expired; sign in again (aws sso login)',
  AccessDeniedException:
    'these AWS credentials do not allow this; request access to the tables of the environment',
};

/** @returns undefined for an unexpected error: a defect, which is printed with its stack */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof UsageError) return { exitCode: 2, code: 'USAGE', message: error.message };
  // The SDK throws errors of credentials and Region before it sends a request, so they are recognized by name.
  const causes = [error, error instanceof Error ? error.cause : undefined];
  for (const one of causes) {
    if (!(one instanceof Error)) continue;
    const hint = Object.hasOwn(awsHints, one.name) ? awsHints[one.name] : undefined;
    if (hint !== undefined) return { exitCode: 1, code: one.name, message: one.message, hint };
  }
  if (!(error instanceof UrrError)) return undefined;
  const hint = hints[error.code];
  const details = Array.isArray(error.cause) ? `: ${error.cause.join('; ')}` : '';
  return {
    exitCode: 1,
    code: error.code,
    message: `${error.message}${details}`,
    ...(hint === undefined ? {} : { hint }),
  };
}
