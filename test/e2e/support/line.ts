import {
  type AssignAnswer,
  assignAnswerSchema,
  type CheckAnswer,
  checkAnswerSchema,
  type StatusDocument,
  statusDocumentSchema,
} from '#contract/line-http.ts';
import { api } from '../../../web/shared/addresses.ts';
import type { HttpClient } from '../../support/http/client.ts';
import { CookieJar } from '../../support/http/cookie-jar.ts';

/** Someone in line without a browser: an own cookie jar, and the same requests. */
export interface Stander {
  readonly jar: CookieJar;
  readonly place: AssignAnswer;
}

export async function standInLine(
  client: HttpClient,
  eventId: string,
  jar = new CookieJar(),
): Promise<Stander> {
  const answer = await client.ask(api.assign(eventId), { method: 'POST', jar });
  return { jar, place: assignAnswerSchema.parse(JSON.parse(answer.body)) };
}

export async function check(
  client: HttpClient,
  eventId: string,
  { jar, place }: Stander,
): Promise<CheckAnswer> {
  const answer = await client.ask(api.check(eventId, place.requestId), { jar });
  return checkAnswerSchema.parse(JSON.parse(answer.body));
}

export async function status(client: HttpClient, eventId: string): Promise<StatusDocument> {
  const answer = await client.ask(api.status(eventId));
  return statusDocumentSchema.parse(JSON.parse(answer.body));
}
