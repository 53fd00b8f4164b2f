import { isSameOrigin } from '#core/access/same-origin.ts';
import { UrrError } from '#core/errors.ts';
import { type HttpRequest, type HttpResponse, originHeaders } from '../shared/http.ts';
import { begin } from './begin.ts';
import { callback } from './callback.ts';
import type { AuthDeps } from './deps.ts';
import { me } from './me.ts';
import { toSignInPage } from './redirect.ts';
import { refresh } from './refresh.ts';
import { signOut } from './sign-out.ts';

type UseCase = (deps: AuthDeps, request: HttpRequest) => Promise<HttpResponse>;

/** A navigation of the browser: while the provider or the storage is unavailable, the visitor gets a page, not JSON. */
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

/** Requests that change something are accepted only from pages of this site (CSRF). */
const fromOwnPages =
  (useCase: UseCase): UseCase =>
  (deps, request) => {
    if (!isSameOrigin(originHeaders(request), new URL(deps.siteUrl).origin))
      throw new UrrError('FORBIDDEN', 'only pages of this site may send this request');
    return useCase(deps, request);
  };

type UseCases = Readonly<Record<string, UseCase>>;
/** Keyed by the last segment of the path. */
export const visitRoutes: UseCases = { 'sign-in': asVisit(begin), callback: asVisit(callback), me };
export const changeRoutes: UseCases = { refresh: fromOwnPages(refresh), 'sign-out': fromOwnPages(signOut) };

/** @throws UrrError METHOD_NOT_ALLOWED if only the other method has this path, NOT_FOUND if no method has it */
export function pickUseCase(useCases: UseCases, others: UseCases, id: string | undefined): UseCase {
  const useCase = id !== undefined && Object.hasOwn(useCases, id) ? useCases[id] : undefined;
  if (useCase !== undefined) return useCase;
  if (id !== undefined && Object.hasOwn(others, id))
    throw new UrrError('METHOD_NOT_ALLOWED', 'this path does not allow this method');
  throw new UrrError('NOT_FOUND', 'this path does not exist');
}
