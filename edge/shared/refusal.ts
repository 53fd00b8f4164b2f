import type { errorStatus } from '#contract/errors.ts';
import type { Route } from '#contract/routes.ts';
import type { Proof } from '#core/access/decision.ts';

/**
 * Codes of the edge's responses. The compiler compares them with contract/errors.ts, whose table is too long for the
 * edge.
 */
const statuses = {
  BAD_REQUEST: 400,
  PATH_NOT_CANONICAL: 400,
  NOT_SIGNED_IN: 401,
  FORBIDDEN: 403,
  PASS_REQUIRED: 403,
  ENTRY_TOKEN_REQUIRED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  UNAVAILABLE: 503,
} as const satisfies Partial<typeof errorStatus>;
type EdgeCode = keyof typeof statuses;

/** A response of the edge itself. It contains nothing of the request but a validated event id. */
export interface Refusal {
  readonly outcome: 'refuse';
  readonly status: number;
  readonly code: EdgeCode;
  readonly error: string;
  /** A path of this site where the visitor should go: in the body for an API call, the Location for a page. */
  readonly redirectTo?: string;
  readonly allow?: string;
  readonly retryAfterSeconds?: number;
  /** HTML instead of the JSON body. */
  readonly page?: string | undefined;
  /** URR's cookies that the browser must delete. Empty: all cookies of this site, because URR's are not the cause. */
  readonly clearCookies?: readonly string[];
}

export function refuse(code: EdgeCode, error: string): Refusal {
  return { outcome: 'refuse', status: statuses[code], code, error };
}

/** Refuses a request without the required proof: redirects a page (302), and responds to a call with the code. */
export function refuseAccess(access: Proof, kind: Route['kind'], eventId: string | undefined): Refusal {
  const code =
    access === 'user' ? 'NOT_SIGNED_IN' : access === 'pass' ? 'PASS_REQUIRED' : 'ENTRY_TOKEN_REQUIRED';
  const error =
    access === 'user'
      ? 'sign in to continue'
      : `join the ${access === 'pass' ? 'line to get a valid pass' : 'queue to get a valid entry token'}`;
  const redirectTo = wayTo(access, eventId);
  if (kind !== 'page') return { outcome: 'refuse', status: statuses[code], code, error, redirectTo };
  return { outcome: 'refuse', status: 302, code, error, redirectTo, page: '' };
}

function wayTo(access: Proof, eventId: string | undefined): string {
  if (access === 'user') return eventId === undefined ? '/sign-in' : `/sign-in?next=/queue/${eventId}`;
  if (eventId === undefined) return '/';
  return access === 'pass' ? `/vwr/${eventId}` : `/queue/${eventId}`;
}

/** A refusal in HTTP terms, for the response formats of both edge functions. */
interface RenderedRefusal {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly clearCookies: readonly string[];
}

/** Attributes that delete a cookie. A `__Host-` cookie can be set and deleted only with Secure and Path=/. */
export const droppedCookie = 'Max-Age=0; Path=/; Secure';

export function render(refusal: Refusal): RenderedRefusal {
  const isPage = refusal.page !== undefined;
  const headers: [string, string][] = [
    ['cache-control', 'no-store'],
    ['x-content-type-options', 'nosniff'],
    ['content-type', isPage ? 'text/html; charset=utf-8' : 'application/json'],
  ];
  if (refusal.allow !== undefined) headers.push(['allow', refusal.allow]);
  if (refusal.retryAfterSeconds !== undefined) headers.push(['retry-after', `${refusal.retryAfterSeconds}`]);
  if (refusal.status === 302) headers.push(['location', `${refusal.redirectTo}`]);
  const clearCookies = refusal.clearCookies || [];
  if (refusal.clearCookies && clearCookies.length === 0) headers.push(['clear-site-data', '"cookies"']);
  const answer = { error: refusal.error, code: refusal.code, redirectTo: refusal.redirectTo };
  const body = isPage ? `${refusal.page}` : JSON.stringify(answer);
  return { status: refusal.status, headers, body, clearCookies };
}
