import { api } from './addresses.ts';
import type { Answer, RequestOptions } from './api.ts';
import type { Reader } from './decode.ts';
import { count, object } from './decode.ts';
import type { PagePorts } from './page-ports.ts';

const refreshAnswer = object({ expiresInSeconds: count });

/**
 * Asks as the signed-in user. An access token lives for minutes: a 401 refreshes the session once and asks again. A 409
 * to the refresh means that another tab has just done it.
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
