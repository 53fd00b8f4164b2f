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

describe('in a real browser', () => {
  it('someone signs up by keyboard alone, is known, survives a lost access cookie, and signs out', async () => {
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

    // Five minutes later the access cookie is gone: the page refreshes once by itself.
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

  it('the form speaks Korean, says what is wrong, and keeps the address that was typed', async () => {
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

  it.each(['light', 'dark'] as const)('the form is readable in %s', async (colorScheme) => {
    const { page, close } = await openVisitor(browser, site.url, { colorScheme });
    await page.goto('/sign-in');
    await page.locator('#sign-in').click();
    await page.getByLabel('비밀번호').waitFor();
    expect(await unreadableTexts(page)).toMatchObject({ unreadable: [] });
    await close();
  });
});
