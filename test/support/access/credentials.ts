import { randomUUID } from 'node:crypto';
import { createTokenSigner } from '#adapters/access/sign.ts';
import { newVisitorId } from '../line/vwr-api.ts';
import { subjectOf } from './edge-kit.ts';
import { createIdentities, type Identities, keySourceOf, testIssuer } from './identities.ts';
import type { AccountChoice, TicketChoice, TokenChoice } from './table.ts';

/** Generation of every event of the table. It is 2, so that an older line exists. */
export const generation = 2;

/** Real credentials for the choices of the access table: of one visitor, of the account `me`, and of others. */
export async function createCredentials(identities: Identities) {
  const nowMs = Date.now();
  const forger = await createIdentities();
  const visitor = newVisitorId();
  const past = createTokenSigner({
    keys: keySourceOf(identities.keys.tokens),
    issuer: testIssuer,
    nowMs: () => nowMs - 3_600_000,
  });
  const forged = createTokenSigner({
    keys: keySourceOf(forger.keys.tokens),
    issuer: testIssuer,
    nowMs: () => nowMs,
  });
  const other = await identities.accessToken('other', { lifeSeconds: 3600 });
  const accounts: Record<Exclude<AccountChoice, 'none' | 'two that differ'>, string> = {
    cookie: await identities.accessToken('me', { lifeSeconds: 3600 }),
    bearer: await identities.accessToken('me', { lifeSeconds: 3600 }),
    ended: await identities.accessToken('me', { lifeSeconds: -30 }),
    'id token': await identities.accessToken('me', { lifeSeconds: 3600, claims: { token_use: 'id' } }),
  };

  /** Returns cookie and Authorization header of a choice. */
  const accountOf = (choice: AccountChoice): { readonly cookie?: string; readonly bearer?: string } => {
    if (choice === 'none') return {};
    if (choice === 'two that differ') return { cookie: accounts.cookie, bearer: other };
    return choice === 'bearer' ? { bearer: accounts.bearer } : { cookie: accounts[choice] };
  };

  type Kind = 'pass' | 'entry';
  const made = new Map<string, Promise<readonly (readonly [Kind, string])[]>>();
  const tokensOf = (token: TokenChoice, eventId: string) => {
    // Made again each minute, because a slow run takes longer than a token lives.
    const key = `${token} ${eventId} ${Math.floor(Date.now() / 60_000)}`;
    const known = made.get(key) ?? Promise.all(make(token, eventId));
    made.set(key, known);
    return known;
  };
  const make = (token: TokenChoice, eventId: string): Promise<readonly [Kind, string]>[] => {
    const { signer } = identities;
    const mine = 'u.me';
    const pass = async (sub: string, more: { aud?: string; gen?: number } = {}, by = signer) => {
      const claims = { aud: eventId, gen: generation, shard: 0, seq: 1, jti: randomUUID(), sub, ...more };
      return ['pass', (await by.pass(claims)).token] as const;
    };
    const entry = async (sub: string, more: { aud?: string; gen?: number } = {}, by = signer) => {
      const claims = { aud: eventId, gen: generation, jti: `${nowMs}-${'n'.repeat(12)}-1`, sub, ...more };
      return ['entry', (await by.entry(claims)).token] as const;
    };
    const mineAsVisitor = subjectOf(visitor);
    switch (token) {
      case 'none':
        return [];
      case 'pass of the visitor':
        return [pass(mineAsVisitor)];
      case 'pass of the account':
        return [pass(mine)];
      case 'pass of another visitor':
        return [pass(subjectOf(newVisitorId()))];
      case 'pass of another account':
        return [pass('u.other')];
      case 'pass of an older line':
        return [pass(mineAsVisitor, { gen: generation - 1 })];
      case 'pass of another event':
        return [pass(mineAsVisitor, { aud: 'elsewhere' })];
      case 'pass, forged':
        return [pass(mineAsVisitor, {}, forged)];
      case 'pass, ended':
        return [pass(mineAsVisitor, {}, past)];
      case 'entry':
        return [entry(mine)];
      case 'entry of another account':
        return [entry('u.other')];
      case 'entry of an older line':
        return [entry(mine, { gen: generation - 1 })];
      case 'entry of another event':
        return [entry(mine, { aud: 'elsewhere' })];
      case 'entry, forged':
        return [entry(mine, {}, forged)];
      case 'pass and entry':
        return [pass(mineAsVisitor), entry(mine)];
      case 'pass, and entry of another account':
        return [pass(mineAsVisitor), entry('u.other')];
    }
  };

  const ticketOf = async (ticket: TicketChoice, eventId: string, requestId: string) => {
    const claims = {
      aud: eventId,
      sub: subjectOf(visitor),
      gen: generation,
      shard: 0,
      seq: 1,
      jti: requestId,
    };
    const others: Partial<Record<TicketChoice, Partial<typeof claims>>> = {
      'of the account': { sub: 'u.me' },
      'of another visitor': { sub: subjectOf(newVisitorId()) },
      'of another account': { sub: 'u.other' },
      'of an older line': { gen: generation - 1 },
      'of another event': { aud: 'elsewhere' },
      'of another request': { jti: randomUUID() },
    };
    const signer = ticket === 'forged' ? forged : identities.signer;
    return ticket === 'none' ? undefined : (await signer.ticket({ ...claims, ...others[ticket] })).token;
  };

  return { visitor, tokensOf, accountOf, ticketOf };
}
