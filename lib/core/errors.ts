import { type ErrorBody, type ErrorCode, errorStatus } from '#contract/errors.ts';

/**
 * A broken promise, or a refusal that a caller must see. Expected outcomes are values, not exceptions.
 * Never branch on `message`; branch on `code`.
 */
export class UrrError extends Error {
  readonly code: ErrorCode;
  readonly details: unknown;
  /** Seconds after which a repeat may succeed; undefined where a repeat is useless. */
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
