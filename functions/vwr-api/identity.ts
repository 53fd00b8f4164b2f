import { visitorHeader } from '#contract/token-names.ts';
import { type Presenter, userSubject } from '#core/access/decision.ts';
import { presentedVisitor } from '#core/access/presented.ts';
import { visitorSubject } from '#core/access/subject.ts';
import type { SignIn } from '#core/access/verify-access.ts';
import { UrrError } from '#core/errors.ts';
import { accessTokenOf, type HttpRequest, requestValues } from '../shared/http.ts';
import { onlyValue } from '../shared/only-value.ts';

/** The sender of a request. Body, query and path never identify it (C6.15). */
export interface Identity extends Presenter {
  /** The client sends its visitor id as a header, so it receives tokens as headers. */
  readonly isCookieless: boolean;
}

/**
 * @throws UrrError BAD_REQUEST when the header's visitor id is malformed or disagrees with the cookie
 */
export async function identify(request: HttpRequest, signIn: SignIn): Promise<Identity> {
  const id = onlyValue(presentedVisitor(requestValues(request)), visitorHeader);
  const visitor = id && visitorSubject(id.value);
  const isCookieless = id?.isHeader ?? false;
  // A malformed cookie is replaced, as if it were absent; a program with a malformed header gets an error.
  if (isCookieless && visitor === undefined)
    throw new UrrError('BAD_REQUEST', `header ${visitorHeader} must be 32 bytes in base64url`);
  const user = await signIn.userOf(accessTokenOf(request));
  return { user: user && userSubject(user.sub), visitor, isCookieless };
}
