import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessCookie, refreshCookie } from '#contract/tokens.ts';
import { launchBrowser, openVisitor } from './support/browser.ts';
import { unreadableTexts } from './support/contrast.ts';
import { type Site, startSite } from './support/site.ts';

let site: Site;
let browser: Browser;
const password = 'Correct-horse-7-battery';

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

describe('sign-in in a real browser', () => {
  it('a visitor signs up by keyboard, stays signed in without the access cookie, and signs out', async () => {
    const { page, complaints, close } = await openVisitor(browser, site.url, { locale: 'en-US' });
    await page.goto('/sign-in');
    await page.locator('#sign-in').press('Enter');
    await page.getByRole('link', { name: 'New here? Sign up' }).press('Enter');
    await page.getByLabel('E-mail').pressSequentially('keyboard@example.kr');
    await page.keyboard.press('Tab');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${site.url}/**`);
    await page.goto('/sign-in');
    await page.getByText('keyboard@example.kr').waitFor();

    const cookies = await page.context().cookies();
    for (const [name, sameSite] of [
      [accessCookie, 'Lax'],
      [refreshCookie, 'Strict'],
    ] as const)
      expect(cookies.find((cookie) => cookie.name === name)).toMatchObject({
        httpOnly: true,
        secure: true,
        path: '/',
        sameSite,
      });
    expect(await page.evaluate('document.cookie')).not.toContain('urr');

    // Five minutes later the access cookie has expired: the page refreshes once, automatically.
    await page.context().clearCookies({ name: accessCookie });
    await page.reload();
    await page.getByText('keyboard@example.kr').waitFor();

    await page.locator('#sign-out').press('Enter');
    await page.waitForURL(`${site.url}/`);
    const left = (await page.context().cookies()).map(({ name }) => name);
    expect(left).not.toContain(accessCookie);
    expect(left).not.toContain(refreshCookie);
    await page.goto('/sign-in');
    await page.locator('#sign-in').click();
    await page.getByLabel('Password').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('an event that requires sign-in gives one account one place, in every browser', async () => {
    await site.addEvent('members', { requiresSignIn: true, ratePerMinute: 0 });
    await site.system.issuer?.addAccount('member@example.kr', password);
    const places: unknown[] = [];
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const { page, close } = await openVisitor(browser, site.url, { locale: 'en-US' });
      await page.goto('/sign-in');
      const join = () =>
        page.evaluate(async () => {
          const answer = await fetch('/vwr-api/vwr/assign/members', { method: 'POST' });
          return { status: answer.status, body: await answer.json() };
        });
      expect(await join()).toMatchObject({ status: 401, body: { code: 'NOT_SIGNED_IN' } });
      await page.locator('#sign-in').click();
      await page.getByLabel('E-mail').fill('member@example.kr');
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(`${site.url}/**`);
      const joined = await join();
      expect(joined.status).toBe(200);
      places.push(joined.body.requestId);
      await close();
    }
    expect(places[0]).toBe(places[1]);
  });

  it('the form is in Korean, names the mistake and keeps the typed address', async () => {
    const { page, close } = await openVisitor(browser, site.url);
    await page.goto('/sign-in');
    await page.locator('#sign-in').click();
    await page.getByLabel('이메일').fill('nobody@example.kr');
    await page.getByLabel('비밀번호').fill('wrong');
    await page.getByRole('button', { name: '로그인' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByLabel('이메일').inputValue()).toBe('nobody@example.kr');
    expect(await page.locator('html').getAttribute('lang')).toBe('ko');
    await close();
  });

  it.each(['light', 'dark'] as const)('the form is readable in the %s scheme', async (colorScheme) => {
    const { page, close } = await openVisitor(browser, site.url, { colorScheme });
    await page.goto('/sign-in');
    await page.locator('#sign-in').click();
    await page.getByLabel('비밀번호').waitFor();
    expect(await unreadableTexts(page)).toMatchObject({ unreadable: [] });
    await close();
  });
});
