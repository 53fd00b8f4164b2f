/**
 * Names, cookies, headers and lengths of tokens. Separate from the schemas of their claims (contract/tokens.ts), because
 * the CloudFront Function (10 KB) has no room for a schema library.
 */

/** `typ` header per kind (RFC 8725 3.11): a ticket is never accepted as a pass. */
export const tokenType = { ticket: 'urr-ticket+jwt', pass: 'urr-pass+jwt', entry: 'urr-entry+jwt' } as const;
export type TokenKind = keyof typeof tokenType;

/** A longer token is refused unread. URR's tokens have about 500 characters. */
export const tokenLengthMax = 2048;

/**
 * Cookie names. `__Host-` forces Secure, Path=/ and no Domain (RFC 6265bis); browsers treat http://localhost as secure.
 * Token cookies are families, one per event, so two sales can be open in one browser.
 */
export const ownCookiePrefix = '__Host-urr-';
export const visitorCookie = '__Host-urr-visitor';
export const tokenCookiePrefix = {
  ticket: '__Host-urr-ticket-',
  pass: '__Host-urr-vwr-token-',
  entry: '__Host-urr-entry-token-',
} as const satisfies Record<TokenKind, string>;
export const tokenCookie = {
  ticket: (eventId: string) => `${tokenCookiePrefix.ticket}${eventId}`,
  pass: (eventId: string) => `${tokenCookiePrefix.pass}${eventId}`,
  entry: (eventId: string) => `${tokenCookiePrefix.entry}${eventId}`,
} as const;
/** Signed-in session: access and refresh token of the OpenID provider. */
export const accessCookie = '__Host-urr-access';
export const refreshCookie = '__Host-urr-refresh';

/** Headers for clients without cookies (native apps, load tools). A cookie and a header that disagree are refused. */
export const tokenHeader = {
  ticket: 'x-urr-ticket',
  pass: 'x-urr-vwr-token',
  entry: 'x-queue-entry-token',
} as const;
export const visitorHeader = 'x-urr-visitor';

/**
 * Names the event of an `entry` route that has no event in its path (`POST /api/v1/payments/prepare`). Needed when the
 * browser has entry tokens of several events. It chooses a token and grants nothing. Workers compare the token's event
 * with the body's.
 */
export const eventHeader = 'x-urr-event';

/**
 * Hint that an event has no waiting room now, value `1`. With it a request without a token passes the CloudFront Function,
 * which does not know events, and the gate decides. Set (Max-Age 600, Secure, SameSite=Lax) with the response
 * WAITING_ROOM_INACTIVE, or by the page that reads that response. It grants nothing (docs/adr/0013).
 */
export const openHintCookie = (eventId: string) => `__Host-urr-open-${eventId}`;
export const openHintHeader = 'x-urr-open';

/** Value of the visitor cookie: 32 random bytes, base64url. */
export const visitorIdPattern = /^[A-Za-z0-9_-]{43}$/;

/** Header with the secret that proves to the Lambdas behind API Gateway that a request comes from CloudFront. */
export const originSecretHeader = 'x-urr-origin-secret';
/** Origin header with the address of the gate's configuration: Lambda@Edge has no environment variables. */
export const edgeConfigHeader = 'x-urr-edge-config';
