import type { MeAnswer } from '#contract/accounts.ts';
import { refreshCookie } from '#contract/tokens.ts';
import { UrrError } from '#core/errors.ts';
import { accessTokenOf, cookie, type HttpRequest, type HttpResponse, json } from '../shared/http.ts';
import type { AuthDeps } from './deps.ts';

/** GET me: returns the signed-in user. The e-mail address comes from the sealed refresh cookie; access tokens lack it. */
export async function me(deps: AuthDeps, request: HttpRequest): Promise<HttpResponse> {
  const user = await deps.signIn.userOf(accessTokenOf(request));
  if (user === undefined) throw new UrrError('NOT_SIGNED_IN', 'sign in to continue');
  const sealed = cookie(request, refreshCookie);
  const session = sealed === undefined ? undefined : await deps.refreshes.open(sealed);
  const email = session?.sub === user.sub ? session.email : undefined;
  const body: MeAnswer = {
    user: { sub: user.sub, groups: [...user.groups], ...(email === undefined ? {} : { email }) },
  };
  return json(200, body);
}
