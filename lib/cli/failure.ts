import { UrrError } from '#core/errors.ts';
import { UsageError } from './usage-error.ts';

/** How a command ended badly, and what its user can do next. */
export interface Failure {
  /** 1: refused or failed. 2: the command line itself is wrong. */
  readonly exitCode: 1 | 2;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

const hints: Readonly<Record<string, string>> = {
  EVENT_NOT_FOUND: 'event list shows the live events; event create makes one',
  CONFLICT: 'look with event show, then try again',
  UNAVAILABLE: 'is the system up, and can this machine reach it? Then try again',
  UNPROCESSABLE:
    'mend what is named with event set or in the DynamoDB console; a pause, an end or a reset counts at once',
};

/** Errors of the AWS SDK by their name. Names are part of its interface; messages are not. */
const awsHints: Readonly<Record<string, string>> = {
  ResourceNotFoundException:
    'there is no such table: is the environment deployed in this account and Region?',
  CredentialsProviderError: 'no AWS credentials were found: sign in (aws sso login) or set AWS_PROFILE',
  UnrecognizedClientException: 'these AWS credentials are not valid: sign in again',
  ExpiredTokenException: 'these AWS credentials have expired: sign in again',
  AccessDeniedException: 'these AWS credentials may not do that: ask for access to the tables',
};

/** @returns undefined for an error nobody foresaw: a defect, to be shown with its stack */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof UsageError) return { exitCode: 2, code: 'USAGE', message: error.message };
  // The region is not in a typed error; the SDK throws this by name before it sends anything.
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
