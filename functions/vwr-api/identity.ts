import { createHash } from 'node:crypto';
import { accessCookie, visitorCookie, visitorHeader, visitorIdPattern } from '#contract/tokens.ts';
import { UrrError } from '#core/errors.ts';
import { cookie, cookieOrHeader, type HttpRequest } from '../shared/http.ts';

/** Who is signed in, by the value of the access cookie; undefined: nobody. */
export interface SignIn {
  userOf(accessToken: string | undefined): Promise<{ readonly sub: string } | undefined>;
}

/** For an installation without sign-in: nobody ever is. */
export const noSignIn: SignIn = { userOf: async () => undefined };

/** Who a request comes from. Nothing in a body, a query or a path ever says so (C6.15). */
export interface Identity {
  /** `u.<sub>`; undefined: not signed in. */
  readonly user: string | undefined;
  /** `v.<hash of the visitor id>`; undefined: none was presented. */
  readonly visitor: string | undefined;
  /** The client keeps its visitor id itself and sends it as a header: it gets tokens as headers too. */
  readonly isCookieless: boolean;
}

/**
 * @throws UrrError BAD_REQUEST when the header's visitor id is malformed or disagrees with the cookie
 */
export async function identify(request: HttpRequest, signIn: SignIn): Promise<Identity> {
  const presented = cookieOrHeader(request, visitorCookie, visitorHeader);
  const isWellFormed = presented !== undefined && visitorIdPattern.test(presented.value);
  const isCookieless = presented?.from === 'header';
  // A malformed cookie is replaced, as if it were absent; a program that sends a malformed header must hear of it.
  if (isCookieless && !isWellFormed)
    throw new UrrError('BAD_REQUEST', `header ${visitorHeader} must be 32 bytes in base64url`);
  const user = await signIn.userOf(cookie(request, accessCookie));
  return {
    user: user === undefined ? undefined : `u.${user.sub}`,
    visitor: isWellFormed ? visitorSubject(presented.value) : undefined,
    isCookieless,
  };
}

/** Tokens carry the hash, so a token that leaks does not give the cookie away. */
export const visitorSubject = (visitorId: string): string =>
  `v.${createHash('sha256').update(visitorId).digest('base64url')}`;
