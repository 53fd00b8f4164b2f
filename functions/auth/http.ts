import { z } from 'zod';
import { UrrError } from '#core/errors.ts';
import type { AuthAnswer, AuthRequest } from './deps.ts';

/** API Gateway's payload 2.0, as much of it as sign-in reads. AWS adds fields at will: not a strict object. */
export const httpEventSchema = z.object({
  rawPath: z.string().max(2_048),
  rawQueryString: z.string().max(4_096).default(''),
  cookies: z.array(z.string().max(8_192)).max(200).default([]),
  headers: z.record(z.string(), z.string().optional()),
  requestContext: z.object({ http: z.object({ method: z.string().max(16) }) }),
});
export type HttpEvent = z.infer<typeof httpEventSchema>;

/** Payload 2.0 joins a header that came twice with a comma, and lower-cases the names. */
export const requestOf = (event: HttpEvent): AuthRequest => ({
  cookies: event.cookies,
  headers: event.headers,
  query: event.rawQueryString,
});

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: string;
}

/** Nothing here may be kept by a cache, and no address with a code in it may leave in a Referer. */
const privately = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

export function httpAnswerOf(answer: AuthAnswer): HttpAnswer {
  const { status, location, body, cookies, retryAfterSeconds } = answer;
  return {
    statusCode: status,
    headers: {
      ...privately,
      ...(location === undefined ? {} : { location }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
    cookies,
    body: body === undefined ? '' : JSON.stringify(body),
  };
}

/** The one error format. What is no UrrError is a fault of ours, and its message stays in the log. */
export function answerOfError(error: unknown): AuthAnswer {
  const refusal =
    error instanceof UrrError ? error : new UrrError('INTERNAL', 'something went wrong on our side');
  return {
    status: refusal.status,
    body: refusal.toBody(),
    cookies: [],
    ...(refusal.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: refusal.retryAfterSeconds }),
  };
}
