import {
  type AssignAnswer,
  assignAnswerSchema,
  type CheckAnswer,
  checkAnswerSchema,
  type StatusDocument,
  statusDocumentSchema,
} from '#contract/line-http.ts';
import { api } from '../../../web/shared/addresses.ts';
import type { Answer, Ask, HttpClient } from '../../support/http/client.ts';
import { CookieJar } from '../../support/http/cookie-jar.ts';
import { until } from '../../support/time/patience.ts';

/** Repeats a request that a busy machine answers with 503, as the pages do. */
const patientlyAsk = (client: HttpClient, path: string, options?: Ask): Promise<Answer> =>
  until(
    () => client.ask(path, options),
    ({ status }) => status !== 503,
  );

/** A visitor in line without a browser: a cookie jar of its own, and the same requests. */
export interface Stander {
  readonly jar: CookieJar;
  readonly place: AssignAnswer;
}

export async function standInLine(
  client: HttpClient,
  eventId: string,
  jar = new CookieJar(),
): Promise<Stander> {
  const answer = await patientlyAsk(client, api.assign(eventId), { method: 'POST', jar });
  return { jar, place: assignAnswerSchema.parse(JSON.parse(answer.body)) };
}

export async function check(
  client: HttpClient,
  eventId: string,
  { jar, place }: Stander,
): Promise<CheckAnswer> {
  const answer = await patientlyAsk(client, api.check(eventId, place.requestId), { jar });
  return checkAnswerSchema.parse(JSON.parse(answer.body));
}

export async function status(client: HttpClient, eventId: string): Promise<StatusDocument> {
  const answer = await patientlyAsk(client, api.status(eventId));
  return statusDocumentSchema.parse(JSON.parse(answer.body));
}
