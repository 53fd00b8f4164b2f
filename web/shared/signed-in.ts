import { api } from './addresses.ts';
import type { Answer, AskOptions } from './api.ts';
import type { Reader } from './decode.ts';
import { count, object } from './decode.ts';
import type { PagePorts } from './page-ports.ts';

const refreshAnswer = object({ expiresInSeconds: count });

/**
 * Asks as the signed-in user. An access token lives for minutes: a 401 refreshes the session once and asks again. A 409
 * to the refresh means that another tab has just done it.
 */
export async function askSignedIn<T>(
  ports: Pick<PagePorts, 'ask'>,
  path: string,
  reader: Reader<T>,
  options?: AskOptions,
): Promise<Answer<T>> {
  const answer = await ports.ask(path, reader, options);
  if (answer.kind !== 'refused' || answer.code !== 'NOT_SIGNED_IN') return answer;
  const refreshed = await ports.ask(api.refresh, refreshAnswer, { method: 'POST' });
  const isRefreshed =
    refreshed.kind === 'ok' || (refreshed.kind === 'refused' && refreshed.code === 'CONFLICT');
  return isRefreshed ? ports.ask(path, reader, options) : answer;
}
