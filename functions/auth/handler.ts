import { UrrError } from '#core/errors.ts';
import type { AuthDeps } from './deps.ts';
import { answerOfError, type HttpAnswer, httpAnswerOf, httpEventSchema, requestOf } from './http.ts';
import { isKnownPath, useCaseOf } from './router.ts';

export interface HandlerDeps extends AuthDeps {
  /** Whether the request came through CloudFront, by the origin secret. */
  readonly isFromEntrance: (headers: Readonly<Record<string, string | undefined>>) => Promise<boolean>;
  /** What failed; never a token, a cookie or a query. */
  readonly onError: (error: unknown) => void;
}

/** The Lambda behind /api/v1/auth/*: event → origin secret → use case → answer. */
export const makeHandler =
  (deps: HandlerDeps) =>
  async (source: unknown): Promise<HttpAnswer> => {
    try {
      const event = httpEventSchema.parse(source);
      if (!(await deps.isFromEntrance(event.headers)))
        throw new UrrError('ORIGIN_SECRET_REQUIRED', 'this address is reached through the site only');
      const useCase = useCaseOf(event.requestContext.http.method, event.rawPath);
      if (useCase === undefined)
        throw isKnownPath(event.rawPath)
          ? new UrrError('METHOD_NOT_ALLOWED', 'not with this method')
          : new UrrError('NOT_FOUND', 'there is no such address');
      return httpAnswerOf(await useCase(deps, requestOf(event)));
    } catch (error) {
      deps.onError(error);
      return httpAnswerOf(answerOfError(error));
    }
  };
