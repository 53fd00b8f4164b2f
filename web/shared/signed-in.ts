import { api } from './addresses.ts';
import type { Answer, RequestOptions } from './api.ts';
import type { Reader } from './decode.ts';
import { count, object } from './decode.ts';
import type { PagePorts } from './page-ports.ts';

const refreshAnswer = object({ expiresInSeconds: count });

/**
 * Sends a request as the signed-in user. An access token lasts for minutes, so a 401 refreshes the session once and repeats
 * the request. A refresh that is refused with 409 means that another tab has just refreshed the session.
 */
export async function requestSignedIn<T>(
  ports: Pick<PagePorts, 'request'>,
  path: string,
  reader: Reader<T>,
  options?: RequestOptions,
): Promise<Answer<T>> {
  const answer = await ports.request(path, reader, options);
  if (answer.kind !== 'refused' || answer.code !== 'NOT_SIGNED_IN') return answer;
  const refreshed = await ports.request(api.refresh, refreshAnswer, { method: 'POST' });
  const isRefreshed =
    refreshed.kind === 'ok' || (refreshed.kind === 'refused' && refreshed.code === 'CONFLICT');
  return isRefreshed ? ports.request(path, reader, options) : answer;
}
