/**
 * Every error code of URR with its HTTP status, for Lambdas, workers, the edge and the pages. The response is always
 * `{ error, code, details? }`: `error` is for people, `code` is for programs.
 */
export const errorStatus = {
  BAD_REQUEST: 400,
  AMOUNT_DIFFERS: 400,
  PATH_NOT_CANONICAL: 400,
  NOT_SIGNED_IN: 401,
  PAYMENT_DECLINED: 402,
  FORBIDDEN: 403,
  ORIGIN_SECRET_REQUIRED: 403,
  PASS_REQUIRED: 403,
  ENTRY_TOKEN_REQUIRED: 403,
  TICKET_REQUIRED: 403,
  WRONG_ACCOUNT: 403,
  EVENT_NOT_FOUND: 404,
  WAITING_ROOM_INACTIVE: 404,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  SEATS_TAKEN: 409,
  FENCE_REFUSED: 409,
  RESERVATION_OVER: 409,
  SALE_ENDED: 409,
  SEATS_PER_ACCOUNT: 409,
  NOT_REFUNDABLE: 409,
  REFUND_CHANGED: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNPROCESSABLE: 422,
  KEY_REUSED: 422,
  TOO_MANY_REQUESTS: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** The body of every refusal. `redirectTo`: the page for the visitor, where the token gate knows it. */
export interface ErrorBody {
  readonly error: string;
  readonly code: ErrorCode;
  readonly details?: unknown;
  readonly redirectTo?: string;
}
