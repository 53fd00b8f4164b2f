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
    if (!isSameOrigin(originHeaders(request), new URL(deps.siteUrl).origin))
      throw new UrrError('FORBIDDEN', 'only pages of this site may ask for this');
    return useCase(deps, request);
  };

type UseCases = Readonly<Record<string, UseCase>>;
/** By the last segment of the path. */
export const visits: UseCases = { 'sign-in': asVisit(begin), callback: asVisit(callback), me };
export const changes: UseCases = { refresh: fromOurPages(refresh), 'sign-out': fromOurPages(signOut) };

/** @throws UrrError METHOD_NOT_ALLOWED where the other method would do, NOT_FOUND where none does */
export function pick(useCases: UseCases, others: UseCases, id: string | undefined): UseCase {
  const useCase = id !== undefined && Object.hasOwn(useCases, id) ? useCases[id] : undefined;
  if (useCase !== undefined) return useCase;
  if (id !== undefined && Object.hasOwn(others, id))
    throw new UrrError('METHOD_NOT_ALLOWED', 'not with this method');
  throw new UrrError('NOT_FOUND', 'there is nothing here');
}
