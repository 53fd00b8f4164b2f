import { authPaths } from '#contract/auth.ts';
import { UrrError } from '#core/errors.ts';
import { isSameOrigin } from '#core/identity/same-origin.ts';
import { begin, toSignInPage } from './begin.ts';
import { callback } from './callback.ts';
import type { AuthAnswer, AuthDeps, AuthRequest } from './deps.ts';
import { me } from './me.ts';
import { refresh } from './refresh.ts';
import { signOut } from './sign-out.ts';

type UseCase = (deps: AuthDeps, request: AuthRequest) => Promise<AuthAnswer>;

/** A visit by the browser's address bar: when the provider or our storage is away, the visitor sees a page, not JSON. */
const asVisit =
  (useCase: UseCase): UseCase =>
  async (deps, request) => {
    try {
      return await useCase(deps, request);
    } catch (error) {
      if (error instanceof UrrError && error.code === 'UNAVAILABLE') return toSignInPage('unavailable');
      throw error;
    }
  };

/** What changes something is asked for by our own pages only (CSRF). */
const fromOurPages =
  (useCase: UseCase): UseCase =>
  (deps, request) => {
    const headers = { origin: request.headers.origin, secFetchSite: request.headers['sec-fetch-site'] };
    if (!isSameOrigin(headers, new URL(deps.siteUrl).origin))
      throw new UrrError('FORBIDDEN', 'only pages of this site may ask for this');
    return useCase(deps, request);
  };

const table: Readonly<Record<string, UseCase>> = {
  [`GET ${authPaths.signIn}`]: asVisit(begin),
  [`GET ${authPaths.callback}`]: asVisit(callback),
  [`GET ${authPaths.me}`]: me,
  [`POST ${authPaths.refresh}`]: fromOurPages(refresh),
  [`POST ${authPaths.signOut}`]: fromOurPages(signOut),
};

/** The use case of a method and path, or undefined. */
export const useCaseOf = (method: string, path: string): UseCase | undefined => {
  const key = `${method} ${path}`;
  return Object.hasOwn(table, key) ? table[key] : undefined;
};
/** For `405`: some method of this path is known. */
export const isKnownPath = (path: string): boolean =>
  Object.values(authPaths).some((known) => known === path);
