import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { accessCookie, tokenCookie, visitorCookie } from '#contract/tokens.ts';
import type { Identities } from '../../support/access/identities.ts';

/** Header lines of one caller each. */
export type Callers = readonly string[];

/** Every caller has its own address, as behind CloudFront. */
const address = (n: number) => `x-forwarded-for: 10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

/** Callers whose identity and place are in a header and not verified. */
export const givenCallers = (count: number): Callers =>
  Array.from(
    { length: count },
    (_, i) => `x-bench: u.${randomUUID()} ${i + 1} ${randomUUID()}\r\n${address(i)}`,
  );

/** Callers with real cookies of a browser: access token (RS256), visitor, pass (ES256). */
export async function tokenCallers(identities: Identities, eventId: string, count: number): Promise<Callers> {
  const one = async (i: number): Promise<string> => {
    const visitor = randomBytes(32).toString('base64url');
    const subject = `v.${createHash('sha256').update(visitor).digest('base64url')}`;
    const claims = { aud: eventId, sub: subject, gen: 1, shard: 0, seq: i + 1, jti: randomUUID() };
    const [{ token: pass }, access] = await Promise.all([
      identities.signer.pass(claims),
      identities.accessToken(randomUUID(), { lifeSeconds: 3_600 }),
    ]);
    const cookies = [
      `${accessCookie}=${access}`,
      `${visitorCookie}=${visitor}`,
      `${tokenCookie.pass(eventId)}=${pass}`,
    ];
    return `cookie: ${cookies.join('; ')}\r\n${address(i)}`;
  };
  const callers: string[] = [];
  for (let at = 0; at < count; at += 200)
    callers.push(
      ...(await Promise.all(Array.from({ length: Math.min(200, count - at) }, (_, i) => one(at + i)))),
    );
  return callers;
}
