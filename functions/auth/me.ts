import type { MeAnswer } from '#contract/accounts.ts';
import { accessCookie, refreshCookie } from '#contract/tokens.ts';
import { UrrError } from '#core/errors.ts';
import { cookie, type HttpRequest, type HttpResponse, json } from '../shared/http.ts';
import type { AuthDeps } from './deps.ts';

/** GET me: who is signed in. The e-mail address is no part of an access token; it lies sealed in the refresh cookie. */
export async function me(deps: AuthDeps, request: HttpRequest): Promise<HttpResponse> {
  const user = await deps.signIn.userOf(cookie(request, accessCookie));
  if (user === undefined) throw new UrrError('NOT_SIGNED_IN', 'sign in to go on');
  const sealed = cookie(request, refreshCookie);
  const session = sealed === undefined ? undefined : await deps.refreshes.open(sealed);
  const email = session?.sub === user.sub ? session.email : undefined;
  const body: MeAnswer = {
    user: { sub: user.sub, groups: [...user.groups], ...(email === undefined ? {} : { email }) },
  };
  return json(200, body);
}
