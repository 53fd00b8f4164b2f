import { type ErrorBody, type ErrorCode, errorStatus } from '#contract/errors.ts';

/**
 * A failure, or a refusal that the caller receives. Expected outcomes are values, not exceptions. Branch on `code`, never
 * on `message`.
 */
export class UrrError extends Error {
  readonly code: ErrorCode;
  readonly details: unknown;
  /** Seconds after which a repeat may succeed; undefined: a repeat is useless. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: unknown; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'UrrError';
    this.code = code;
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return errorStatus[this.code];
  }

  toBody(): ErrorBody {
    return {
      error: this.message,
      code: this.code,
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }
}

/**
 * A stored item whose known attributes are invalid. A read of many items skips it; a read of this item fails with INTERNAL.
 * Names attributes, never their values.
 */
export class UnreadableItemError extends UrrError {
  readonly table: string;
  /** Values of the item's key attributes. */
  readonly key: string;
  /** `attribute: what is wrong`. */
  readonly problems: readonly string[];

  constructor(table: string, key: string, problems: readonly string[]) {
    super('INTERNAL', `item ${key} of table ${table} is not readable`, { cause: problems });
    this.name = 'UnreadableItemError';
    this.table = table;
    this.key = key;
    this.problems = problems;
  }
}
