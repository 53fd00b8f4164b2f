import { createHash } from 'node:crypto';
import { accessCookie, visitorCookie, visitorHeader, visitorIdPattern } from '#contract/tokens.ts';
import { UrrError } from '#core/errors.ts';
import { cookie, cookieOrHeader, type HttpRequest } from '../shared/http.ts';

/** Reads the signed-in user from the access cookie; undefined: not signed in. */
export interface SignIn {
  userOf(accessToken: string | undefined): Promise<{ readonly sub: string } | undefined>;
}

/** For an installation without sign-in: every request is anonymous. */
export const noSignIn: SignIn = { userOf: async () => undefined };

/** The sender of a request. Body, query and path never identify it (C6.15). */
export interface Identity {
  /** `u.<sub>`; undefined: not signed in. */
  readonly user: string | undefined;
  /** `v.<hash of the visitor id>`; undefined: none was presented. */
  readonly visitor: string | undefined;
  /** The client sends its visitor id as a header, so it receives tokens as headers. */
  readonly isCookieless: boolean;
}

/**
 * @throws UrrError BAD_REQUEST when the header's visitor id is malformed or disagrees with the cookie
 */
export async function identify(request: HttpRequest, signIn: SignIn): Promise<Identity> {
  const presented = cookieOrHeader(request, visitorCookie, visitorHeader);
  const isWellFormed = presented !== undefined && visitorIdPattern.test(presented.value);
  const isCookieless = presented?.from === 'header';
  // A malformed cookie is replaced, as if it were absent; a program with a malformed header gets an error.
  if (isCookieless && !isWellFormed)
    throw new UrrError('BAD_REQUEST', `header ${visitorHeader} must be 32 bytes in base64url`);
  const user = await signIn.userOf(cookie(request, accessCookie));
  return {
    user: user === undefined ? undefined : `u.${user.sub}`,
    visitor: isWellFormed ? visitorSubject(presented.value) : undefined,
    isCookieless,
  };
}

/** Tokens contain a hash, so a leaked token does not disclose the cookie. */
export const visitorSubject = (visitorId: string): string =>
  `v.${createHash('sha256').update(visitorId).digest('base64url')}`;
