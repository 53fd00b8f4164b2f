import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authPaths, transactionCookie } from '#contract/accounts.ts';
import { accessCookie, refreshCookie } from '#contract/tokens.ts';
import { Browser } from './browser.ts';
import { isCallback, password, type System, signedIn, startSystem, untilCallback } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

const expired = '/sign-in?problem=expired';
const refused = '/sign-in?problem=refused';

describe('a sign-in from the first click to the session', () => {
  it('redirects to the provider with PKCE S256, state and nonce, and keeps its secrets out of the address', async () => {
    const browser = new Browser();
    const response = await browser.fetch(`${system.site}${authPaths.signIn}?returnTo=/queue/demo&lang=en`);
    const target = new URL(response.headers.get('location') ?? '');
    expect(response.status).toBe(303);
    expect(target.origin).toBe(system.issuer.issuer);
    expect(target.searchParams.get('code_challenge_method')).toBe('S256');
    expect(target.searchParams.get('code_challenge')).toHaveLength(43);
    expect(target.searchParams.get('state')?.length).toBeGreaterThan(20);
    expect(target.searchParams.get('nonce')?.length).toBeGreaterThan(20);
    expect(target.searchParams.get('ui_locales')).toBe('en');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.getSetCookie()[0]).toMatch(
      new RegExp(`^${transactionCookie}=[^;]+; Max-Age=900; Path=/; Secure; HttpOnly; SameSite=Lax$`),
    );
    expect(browser.jar(system.site).get(transactionCookie)).not.toContain(target.searchParams.get('state'));
  });

  it('creates a new account on the form, and returns to the requested page', async () => {
    const browser = new Browser();
    const form = await browser.visit(`${system.site}${authPaths.signIn}?returnTo=/queue/demo`);
    const done = await browser.submit(
      `${form.url}/sign-up`,
      { email: 'New@Example.kr', password },
      isCallback,
    );
    const response = await browser.fetch(done.url);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/queue/demo');
    expect(await system.me(browser)).toEqual({
      status: 200,
      body: { user: { sub: expect.any(String), email: 'new@example.kr', groups: [] } },
    });
  });

  it('sets HttpOnly, Secure, __Host- cookies (access Lax, refresh Strict) and clears the transaction', async () => {
    const { response } = await signedIn(system, 'cookies@example.kr');
    const [cleared, access, refresh] = response.headers.getSetCookie();
    const flags = 'Path=/; Secure; HttpOnly; SameSite=';
    expect(cleared).toBe(`${transactionCookie}=; Max-Age=0; ${flags}Lax`);
    expect(access).toMatch(new RegExp(`^${accessCookie}=ey[^;]+; Max-Age=300; ${flags}Lax$`));
    expect(refresh).toMatch(new RegExp(`^${refreshCookie}=ey[^;]+; Max-Age=43200; ${flags}Strict$`));
  });

  it('gives the user the groups of the provider', async () => {
    const { browser } = await signedIn(system, 'admin@example.kr', ['urr-admin']);
    expect(await system.me(browser)).toMatchObject({ body: { user: { groups: ['urr-admin'] } } });
  });

  it('is missing in a browser without cookies: 401 NOT_SIGNED_IN', async () => {
    expect(await system.me(new Browser())).toMatchObject({ status: 401, body: { code: 'NOT_SIGNED_IN' } });
  });

  it('with a wrong password shows the form again and creates no session', async () => {
    await system.issuer.addAccount('wrong@example.kr', password);
    const browser = new Browser();
    const form = await browser.visit(`${system.site}${authPaths.signIn}`);
    const again = await browser.submit(`${form.url}/sign-in`, { email: 'wrong@example.kr', password: 'x' });
    expect(again.response?.status).toBe(422);
    expect(await again.response?.text()).toContain('role="alert"');
  });

  it('that is cancelled at the provider returns to a page of this site without a session', async () => {
    const browser = new Browser();
    const form = await browser.visit(`${system.site}${authPaths.signIn}`);
    const done = await browser.submit(`${form.url}/cancel`, {}, isCallback);
    const response = await browser.fetch(done.url);
    expect(response.headers.get('location')).toBe(refused);
    expect(browser.jar(system.site).get(accessCookie)).toBeUndefined();
  });
});

describe('the signed-in account', () => {
  it('is never shown with the address of another account', async () => {
    const { browser } = await signedIn(system, 'one@example.kr');
    const { browser: two } = await signedIn(system, 'two@example.kr');
    const jar = browser.jar(system.site);
    jar.set(refreshCookie, two.jar(system.site).get(refreshCookie) ?? '');
    const { body } = await system.me(browser);
    expect(JSON.stringify(body)).not.toContain('example.kr');
  });
});

describe('the callback', () => {
  const begun = async (email: string) => {
    await system.issuer.addAccount(email, password);
    const browser = new Browser();
    return { browser, callback: new URL(await untilCallback(system, browser, email)) };
  };

  it('with a foreign state changes nothing, and the pending sign-in can still succeed', async () => {
    const { browser, callback } = await begun('state@example.kr');
    const forged = new URL(callback);
    forged.searchParams.set('state', 'x'.repeat(43));
    expect((await browser.fetch(forged.href)).headers.get('location')).toBe(expired);
    expect((await browser.fetch(callback.href)).headers.get('location')).toBe('/queue/demo');
  });

  it("with another browser's code and state is refused, because the cookie is missing", async () => {
    const { callback } = await begun('victim@example.kr');
    const response = await new Browser().fetch(callback.href);
    expect(response.headers.get('location')).toBe(expired);
    expect(response.headers.getSetCookie().join()).not.toContain(accessCookie);
  });

  it('with a code of another sign-in is refused, because its verifier differs', async () => {
    const attacker = await begun('attacker@example.kr');
    const victim = await begun('injected@example.kr');
    victim.callback.searchParams.set('code', attacker.callback.searchParams.get('code') ?? '');
    const response = await victim.browser.fetch(victim.callback.href);
    expect(response.headers.get('location')).toBe(refused);
    expect(victim.browser.jar(system.site).get(accessCookie)).toBeUndefined();
  });

  it('with another nonce or verifier in the transaction is refused', async () => {
    for (const change of [{ nonce: 'n'.repeat(43) }, { codeVerifier: 'v'.repeat(43) }]) {
      const { browser, callback } = await begun(`${Object.keys(change)[0]}@example.kr`);
      const jar = browser.jar(system.site);
      const transaction = await system.deps.transactions.open(jar.get(transactionCookie) ?? '');
      if (transaction === undefined) throw new Error('the transaction does not open');
      jar.set(
        transactionCookie,
        await system.deps.transactions.seal({ ...transaction, ...change }, Date.now() + 60_000),
      );
      expect((await browser.fetch(callback.href)).headers.get('location')).toBe(refused);
      expect(jar.get(accessCookie)).toBeUndefined();
    }
  });

  it('is refused the second time, even with the cookie, and the first session stays', async () => {
    const { browser, callback } = await begun('replay@example.kr');
    const kept = browser.jar(system.site).get(transactionCookie) ?? '';
    expect((await browser.fetch(callback.href)).headers.get('location')).toBe('/queue/demo');
    const thief = new Browser();
    thief.jar(system.site).set(transactionCookie, kept);
    const replayed = await thief.fetch(callback.href);
    expect(replayed.headers.get('location')).toBe(expired);
    expect(thief.jar(system.site).get(accessCookie)).toBeUndefined();
    expect((await system.post(browser, authPaths.refresh)).status).toBe(200);
  });

  it('creates one session from a code that is used in two transactions', async () => {
    const { browser, callback } = await begun('twice@example.kr');
    const jar = browser.jar(system.site);
    const transaction = await system.deps.transactions.open(jar.get(transactionCookie) ?? '');
    if (transaction === undefined) throw new Error('the transaction does not open');
    const second = new Browser();
    const transactionId = 'z'.repeat(43);
    second
      .jar(system.site)
      .set(
        transactionCookie,
        await system.deps.transactions.seal({ ...transaction, transactionId }, Date.now() + 60_000),
      );
    expect((await browser.fetch(callback.href)).headers.get('location')).toBe('/queue/demo');
    expect((await second.fetch(callback.href)).headers.get('location')).toBe(refused);
  });

  it('with an access token that the workers would refuse creates no session', async () => {
    const { browser, callback } = await begun('untaken@example.kr');
    const tokens = { accessToken: 'e30.e30.e30', refreshToken: 'r', email: undefined, expiresInSeconds: 300 };
    system.useInstead({
      provider: { ...system.deps.provider, finish: async () => ({ kind: 'tokens', tokens }) },
    });
    const response = await browser.fetch(callback.href);
    system.useInstead({});
    expect(response.headers.get('location')).toBe('/sign-in?problem=failed');
    expect(browser.jar(system.site).get(refreshCookie)).toBeUndefined();
  });

  it('is refused after the transaction has expired', async () => {
    const { browser, callback } = await begun('late@example.kr');
    system.clock.aheadMs = 16 * 60_000;
    try {
      expect((await browser.fetch(callback.href)).headers.get('location')).toBe(expired);
    } finally {
      system.clock.aheadMs = 0;
    }
  });

  it.each([
    ['changed', (sealed: string) => `${sealed.slice(0, -6)}AAAAAA`],
    ['truncated', (sealed: string) => sealed.slice(0, 40)],
    ['empty', () => ''],
    ['too long', (sealed: string) => sealed + 'A'.repeat(4_000)],
  ])('with a transaction cookie that is %s is refused', async (name, tamper) => {
    const { browser, callback } = await begun(`${name.replaceAll(' ', '-')}@example.kr`);
    const jar = browser.jar(system.site);
    jar.set(transactionCookie, tamper(jar.get(transactionCookie) ?? ''));
    expect((await browser.fetch(callback.href)).headers.get('location')).toBe(expired);
  });

  it('with two transaction cookies is refused, because a sibling domain may have set one', async () => {
    const { browser, callback } = await begun('planted@example.kr');
    const sealed = browser.jar(system.site).get(transactionCookie);
    const response = await fetch(callback, {
      redirect: 'manual',
      headers: { cookie: `${transactionCookie}=planted; ${transactionCookie}=${sealed}` },
    });
    expect(response.status).toBe(400);
  });

  it('accepts a transaction that was sealed before the secret was rotated', async () => {
    const { browser, callback } = await begun('rotation@example.kr');
    system.secrets.list = ['second-secret-of-the-test', ...system.secrets.list];
    expect((await browser.fetch(callback.href)).headers.get('location')).toBe('/queue/demo');
  });
});

describe('the parameter returnTo', () => {
  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    '/queue/demo?next=//evil.example',
    '/queue/demo#x',
    '/%2f%2fevil.example',
    '/queue/../api/v1/events',
    '/api/v1/auth/sign-in',
    '/assets/x',
    '/nowhere',
    '/queue/demo\r\nset-cookie: x=1',
    '/Queue/demo',
    '',
  ])('%j is refused', async (returnTo) => {
    const response = await new Browser().fetch(
      `${system.site}${authPaths.signIn}?returnTo=${encodeURIComponent(returnTo)}`,
    );
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('is refused if it is repeated', async () => {
    const response = await new Browser().fetch(
      `${system.site}${authPaths.signIn}?returnTo=/&returnTo=//evil`,
    );
    expect(response.status).toBe(400);
  });
});
