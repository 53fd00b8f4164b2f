import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { authPaths, refreshOverlapSeconds, transactionCookie } from '#contract/accounts.ts';
import { accessCookie, refreshCookie } from '#contract/tokens.ts';
import { sha256 } from '#core/access/subject.ts';
import { UrrError } from '#core/errors.ts';
import { VisitorCache } from '../../../functions/admission/visitor-cache.ts';
import { RecentlyEnded } from '../../../functions/worker-runtime/ended-sessions.ts';
import { Visitors } from '../../../functions/worker-runtime/visitor.ts';
import { Browser } from './browser.ts';
import { isCallback, type System, signedIn, startSystem, untilCallback } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => {
  system.clock.aheadMs = 0;
});
afterAll(() => system.stop());

const refresh = (browser: Browser) => system.post(browser, authPaths.refresh);
const cookieOf = (browser: Browser, name: string) => browser.jar(system.site).get(name) ?? '';
/** Returns a second browser with the same cookies, as a thief has them. */
const copyOf = (browser: Browser) => {
  const copy = new Browser();
  for (const name of [accessCookie, refreshCookie]) copy.jar(system.site).set(name, cookieOf(browser, name));
  return copy;
};

describe('a refresh', () => {
  it('replaces an expired access token, which is refused with 401', async () => {
    const { browser } = await signedIn(system, 'expiry@example.kr');
    system.clock.aheadMs = 306_000;
    expect((await system.me(browser)).status).toBe(401);
    system.clock.aheadMs = 0;
    const before = [cookieOf(browser, accessCookie), cookieOf(browser, refreshCookie)];
    const answer = await refresh(browser);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ expiresInSeconds: 300 });
    expect(cookieOf(browser, accessCookie)).not.toBe(before[0]);
    expect(cookieOf(browser, refreshCookie)).not.toBe(before[1]);
    expect((await system.me(browser)).body).toMatchObject({ user: { email: 'expiry@example.kr' } });
  });

  it('works repeatedly, each time with a new token of the provider', async () => {
    const { browser } = await signedIn(system, 'often@example.kr');
    const seen = new Set<string | undefined>();
    for (let turn = 0; turn < 5; turn += 1) {
      expect((await refresh(browser)).status).toBe(200);
      seen.add((await system.deps.refreshes.open(cookieOf(browser, refreshCookie)))?.refreshToken);
    }
    expect(seen.size).toBe(5);
  });

  it('puts no token of the provider into a cookie in clear text', async () => {
    const { browser } = await signedIn(system, 'sealed@example.kr');
    const sealed = cookieOf(browser, refreshCookie);
    const opened = await system.deps.refreshes.open(sealed);
    expect(opened?.refreshToken.length).toBeGreaterThan(20);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain(opened?.refreshToken);
    expect(sealed.length).toBeLessThan(3_900);
  });

  it('that runs twice at once succeeds once; the other is 409 without cookies, and the session continues', async () => {
    const { browser } = await signedIn(system, 'tabs@example.kr');
    const tab = copyOf(browser);
    const answers = await Promise.all([refresh(browser), refresh(tab)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
    const late = answers.find((answer) => answer.status === 409);
    expect(late?.headers.getSetCookie()).toEqual([]);
    expect(late?.headers.get('retry-after')).toBe('1');
    const winner = answers[0].status === 200 ? browser : tab;
    expect((await refresh(winner)).status).toBe(200);
  });

  it('with a copied cookie later ends the session for the thief and for the owner', async () => {
    const { browser } = await signedIn(system, 'stolen@example.kr');
    const thief = copyOf(browser);
    expect((await refresh(browser)).status).toBe(200);
    system.clock.aheadMs = (refreshOverlapSeconds + 1) * 1000;
    const countedBefore = system.counted.length;
    const stolen = await refresh(thief);
    expect(stolen.status).toBe(401);
    expect(await stolen.json()).toMatchObject({ code: 'NOT_SIGNED_IN' });
    expect(cookieOf(thief, accessCookie)).toBe('');
    expect(system.counted.slice(countedBefore)).toEqual(['RefreshReused']);
    expect((await refresh(browser)).status).toBe(401);
  });

  it('with a copy that is two refreshes old ends the session, even within the overlap', async () => {
    const { browser } = await signedIn(system, 'older@example.kr');
    const thief = copyOf(browser);
    await refresh(browser);
    await refresh(browser);
    expect((await refresh(thief)).status).toBe(401);
    expect((await refresh(browser)).status).toBe(401);
  });

  it("with a token that the provider has already rotated is refused there, with the provider's whole grant", async () => {
    const { browser } = await signedIn(system, 'provider@example.kr');
    const first = await system.deps.refreshes.open(cookieOf(browser, refreshCookie));
    await refresh(browser);
    expect(await system.deps.provider.refresh(first?.refreshToken ?? '')).toEqual({ kind: 'refused' });
    const owner = await refresh(browser);
    expect(owner.status).toBe(401);
    expect(cookieOf(browser, refreshCookie)).toBe('');
  });

  it('ends with the session, however often it ran', async () => {
    const { browser } = await signedIn(system, 'long@example.kr');
    expect((await refresh(browser)).headers.getSetCookie()[1]).toMatch(/Max-Age=4(?:3200|3199|3198|319\d);/);
    system.clock.aheadMs = 12 * 3600 * 1000 + 1000;
    expect((await refresh(browser)).status).toBe(401);
  });

  it("that gets another account's tokens from the provider ends the session", async () => {
    const { browser } = await signedIn(system, 'mine@example.kr');
    const { browser: other } = await signedIn(system, 'theirs@example.kr');
    const accessToken = cookieOf(other, accessCookie);
    const tokens = { accessToken, refreshToken: undefined, email: undefined, expiresInSeconds: 300 };
    system.useInstead({
      provider: { ...system.deps.provider, refresh: async () => ({ kind: 'tokens', tokens }) },
    });
    const answer = await refresh(browser);
    system.useInstead({});
    expect(answer.status).toBe(401);
    expect(cookieOf(browser, accessCookie)).toBe('');
  });

  it('with an expired stored session is refused, whatever the cookie contains', async () => {
    const session = { seq: 1, rotatedAtMs: 1_000, expiresAtMs: 2_000 };
    expect(await system.deps.sessions.create('short', session)).toBe(true);
    expect(await system.deps.sessions.rotate('short', 1, 2_000)).toEqual({ kind: 'stale', session });
    expect(await system.deps.sessions.rotate('short', 1, 1_999)).toEqual({ kind: 'rotated' });
    expect(await system.deps.sessions.rotate('never', 1, 1)).toEqual({ kind: 'stale', session: undefined });
  });

  it.each([
    ['changed', (sealed: string) => `${sealed.slice(0, 80)}A${sealed.slice(81)}`],
    ['sealed as another kind', undefined],
    ['a raw token', () => 'eyJhbGciOiJub25lIn0..'],
  ])('with a cookie that is %s is refused', async (name, tamper) => {
    const { browser } = await signedIn(system, `${name.replaceAll(' ', '-')}@example.kr`);
    const jar = browser.jar(system.site);
    const other = await system.deps.transactions.seal(
      { transactionId: 'z'.repeat(43), state: 's', nonce: 'n', codeVerifier: 'v'.repeat(43), returnTo: '/' },
      Date.now() + 60_000,
    );
    jar.set(refreshCookie, tamper === undefined ? other : tamper(cookieOf(browser, refreshCookie)));
    expect((await refresh(browser)).status).toBe(401);
  });
});

describe('requests that change state', () => {
  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['a sibling domain', { origin: 'http://evil.localhost' }],
    ['another port', { origin: 'http://localhost:1' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['a page with a cross-site Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site' }],
    ['no page', {}],
  ])('from %s are refused and change nothing', async (name, headers: Record<string, string>) => {
    const { browser } = await signedIn(system, `csrf-${name.replaceAll(' ', '-')}@example.kr`);
    for (const path of [authPaths.refresh, authPaths.signOut]) {
      const answer = await system.post(browser, path, headers);
      expect(answer.status).toBe(403);
      expect(await answer.json()).toMatchObject({ code: 'FORBIDDEN' });
    }
    expect((await refresh(browser)).status).toBe(200);
  });

  it('with this site as Origin but a cross-site Sec-Fetch-Site are refused', async () => {
    const { browser } = await signedIn(system, 'contradiction@example.kr');
    const headers = { origin: system.site, 'sec-fetch-site': 'same-site' };
    expect((await system.post(browser, authPaths.refresh, headers)).status).toBe(403);
  });

  it('are refused as GET', async () => {
    for (const path of [authPaths.refresh, authPaths.signOut])
      expect((await new Browser().fetch(`${system.site}${path}`)).status).toBe(405);
  });

  it('to an unknown path are 404', async () => {
    expect((await new Browser().fetch(`${system.site}/api/v1/auth/constructor`)).status).toBe(404);
  });
});

describe('a sign-out', () => {
  it('ends the session at URR and at the provider, and clears every cookie', async () => {
    const { browser } = await signedIn(system, 'out@example.kr');
    const kept = copyOf(browser);
    const token = (await system.deps.refreshes.open(cookieOf(browser, refreshCookie)))?.refreshToken ?? '';
    const answer = await system.post(browser, authPaths.signOut);
    expect(answer.status).toBe(200);
    for (const name of [accessCookie, refreshCookie, transactionCookie])
      expect(cookieOf(browser, name)).toBe('');
    expect((await system.me(browser)).status).toBe(401);
    expect((await refresh(kept)).status).toBe(401);
    expect(await system.deps.provider.refresh(token)).toEqual({ kind: 'refused' });
  });

  it("redirects to the provider's sign-out, after which the form is shown again", async () => {
    const { browser } = await signedIn(system, 'form@example.kr');
    const silent = await browser.visit(`${system.site}${authPaths.signIn}`, isCallback);
    expect(isCallback(silent.url)).toBe(true);
    const { redirectTo } = (await (await system.post(browser, authPaths.signOut)).json()) as {
      redirectTo: string;
    };
    const page = await (await browser.fetch(redirectTo)).text();
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const action = /action="([^"]+)"/.exec(page)?.[1] ?? '';
    const back = await browser.submit(action, { xsrf, logout: 'yes' }, (url) => url === `${system.site}/`);
    expect(back.url).toBe(`${system.site}/`);
    const form = await browser.visit(`${system.site}${authPaths.signIn}`, isCallback);
    expect(new URL(form.url).pathname).toMatch(/^\/interaction\//);
  });

  it('ends URR’s session also during an outage of the provider', async () => {
    const { browser } = await signedIn(system, 'out-alone@example.kr');
    const kept = copyOf(browser);
    system.useInstead({ provider: { ...system.deps.provider, revoke: async () => {} } });
    await system.post(browser, authPaths.signOut);
    system.useInstead({});
    expect((await refresh(kept)).status).toBe(401);
  });

  it('without a session responds in the same way and clears all cookies', async () => {
    expect((await system.post(new Browser(), authPaths.signOut)).status).toBe(200);
  });
});

describe('the workers', () => {
  /** A worker's view of ended sessions; `look` is its round. */
  const worker = () => {
    const { endedSessions } = system;
    const { signIn, telemetry, nowMs } = system.deps;
    const recentlyEnded = new RecentlyEnded({ endedSessions, telemetry, nowMs });
    const visitors = new Visitors({
      signIn,
      nowMs,
      recentlyEnded,
      passOwners: { own: async () => true },
      verifier: async () => undefined,
    });
    const remembering = new VisitorCache(visitors, nowMs);
    return {
      look: () => recentlyEnded.refresh(),
      codeOf: async (browser: Browser) => {
        try {
          await remembering.requireSignedIn({ cookie: `${accessCookie}=${cookieOf(browser, accessCookie)}` });
          return 'OK';
        } catch (error) {
          return error instanceof UrrError ? error.code : 'unexpected';
        }
      },
    };
  };

  it('end access at once after a sign-out, also for a copy and after a refresh, and for no other session', async () => {
    const [{ browser }, { browser: other }] = await Promise.all([
      signedIn(system, 'out-now@example.kr'),
      signedIn(system, 'stays@example.kr'),
    ]);
    const before = copyOf(browser);
    await refresh(browser);
    const kept = copyOf(browser);
    const one = worker();
    for (const someone of [browser, before, kept, other]) expect(await one.codeOf(someone)).toBe('OK');
    await system.post(browser, authPaths.signOut);
    await one.look();
    for (const copy of [before, kept]) expect(await one.codeOf(copy)).toBe('NOT_SIGNED_IN');
    expect(await one.codeOf(other)).toBe('OK');
    const restarted = worker();
    await restarted.look();
    expect(await restarted.codeOf(kept)).toBe('NOT_SIGNED_IN');
  });

  it('accept a new sign-in at once', async () => {
    const { browser } = await signedIn(system, 'again@example.kr');
    await system.post(browser, authPaths.signOut);
    await browser.fetch(await untilCallback(system, browser, 'again@example.kr'));
    const one = worker();
    await one.look();
    expect(await one.codeOf(browser)).toBe('OK');
  });

  it('end access after a reused refresh token, and the warning contains hashes of session and account', async () => {
    const { browser } = await signedIn(system, 'stolen-now@example.kr');
    const thief = copyOf(browser);
    await refresh(browser);
    const opened = await system.deps.refreshes.open(cookieOf(browser, refreshCookie));
    const one = worker();
    expect(await one.codeOf(thief)).toBe('OK');
    system.clock.aheadMs = (refreshOverlapSeconds + 1) * 1000;
    expect((await refresh(thief)).status).toBe(401);
    await one.look();
    for (const someone of [browser, thief]) expect(await one.codeOf(someone)).toBe('NOT_SIGNED_IN');
    const warning = system.warnings.at(-1) ?? '';
    expect(warning).toContain(sha256(opened?.sessionId ?? ''));
    expect(warning).toContain(sha256(opened?.sub ?? ''));
    expect(warning).not.toContain(opened?.sessionId ?? 'none');
    expect(warning).not.toContain(opened?.sub ?? 'none');
  });

  it('drop ended sessions whose access tokens have expired from the list', async () => {
    const { endedSessions } = system;
    const nowMs = Date.now();
    const [old, fresh, late] = ['old', 'fresh', 'late'].map(sha256) as [string, string, string];
    await endedSessions.end(old, nowMs - 10 * 60_000);
    await endedSessions.end(fresh, nowMs);
    await endedSessions.end(fresh, nowMs);
    const recent = await endedSessions.recent(nowMs);
    expect([recent.has(old), recent.has(fresh)]).toEqual([false, true]);
    // The writer's clock may be two minutes behind, and the reader's one minute ahead.
    await endedSessions.end(late, nowMs - 2 * 60_000);
    expect((await endedSessions.recent(nowMs + 60_000)).has(late)).toBe(true);
  });
});
