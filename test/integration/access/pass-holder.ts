import { z } from 'zod';
import { tokenCookie, visitorCookie } from '#contract/tokens.ts';
import { check, type Stander, standInLine } from '../../e2e/support/line.ts';
import type { HttpClient } from '../../support/http/client.ts';
import type { CookieJar } from '../../support/http/cookie-jar.ts';
import { until } from '../../support/time/patience.ts';

/** A visitor who was called in the line, with a pass that the running system signed. */
export interface PassHolder extends Stander {
  readonly visitor: string;
  readonly pass: string;
}

export async function standUntilAdmitted(client: HttpClient, eventId: string): Promise<PassHolder> {
  const stander = await standInLine(client, eventId);
  await until(
    () => check(client, eventId, stander),
    ({ state }) => state === 'admitted',
  );
  const { jar } = stander;
  return {
    ...stander,
    visitor: jar.get(visitorCookie) ?? '',
    pass: jar.get(tokenCookie.pass(eventId)) ?? '',
  };
}

const part = z.record(z.string(), z.unknown());

/** Returns header and claims, unverified. */
export function readToken(token: string) {
  const [header, claims] = token
    .split('.')
    .slice(0, 2)
    .map((text) => part.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))));
  if (header === undefined || claims === undefined) throw new Error('no token was given');
  return { header, claims };
}

/** Returns the gate's response to a visit of the queue page: 200, or 302 and its target. */
export async function visitQueue(client: HttpClient, eventId: string, jar: CookieJar) {
  const { status, headers } = await client.ask(`/queue/${eventId}`, { jar });
  return { status, location: headers.location, cache: headers['x-cache'], keep: headers['cache-control'] };
}
