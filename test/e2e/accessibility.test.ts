import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpClient } from '../support/http/client.ts';
import { launchBrowser, openVisitor, type Visitor } from './support/browser.ts';
import { unreadableTexts } from './support/contrast.ts';
import { standInLine } from './support/line.ts';
import { type Site, startSite } from './support/site.ts';

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  const message = { messageKo: '순서대로 입장해요.', messageEn: 'Everyone goes in by turn.' };
  await site.addEvent('concert', { ratePerMinute: 0, ...message });
  await site.addEvent('opening', { opensAt: new Date(Date.now() + 3_600_000).toISOString() });
  await site.addEvent('open-house', { isActive: false, titleKo: '열린 음악회', titleEn: 'Open House' });
  const client = new HttpClient(site.url);
  for (let n = 0; n < 12; n += 1) await standInLine(client, 'concert');
  client.close();
});
afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

/** Every kind of page, and the element that shows that it is complete. */
const pages: readonly { readonly path: string; readonly ready: string }[] = [
  { path: '/', ready: '.event-card' },
  { path: '/events/concert', ready: '#way-in' },
  { path: '/events/nothing-here', ready: '.ended' },
  { path: '/vwr/concert', ready: '.hero' },
  { path: '/vwr/opening', ready: '.clock' },
  { path: '/vwr/nothing-here', ready: '.ended' },
  { path: '/sign-in', ready: '.ended h1' },
];

async function withPage<T>(
  path: string,
  options: BrowserContextOptions,
  use: (page: Page) => Promise<T>,
): Promise<T> {
  const { page, complaints, close } = await openVisitor(browser, site.url, options);
  try {
    await page.goto(path);
    await page
      .locator(pages.find((known) => known.path === path)?.ready ?? 'h1')
      .first()
      .waitFor();
    const result = await use(page);
    expect(complaints).toEqual([]);
    return result;
  } finally {
    await close();
  }
}

describe.each(pages)('the page $path', ({ path, ready }) => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await openVisitor(browser, site.url);
    await visitor.page.goto(path);
    await visitor.page.locator(ready).first().waitFor();
  });
  afterAll(() => visitor.close());

  const inBothLanguages = async (look: (page: Page) => Promise<void>) => {
    for (let language = 0; language < 2; language += 1) {
      await look(visitor.page);
      await visitor.page.locator('#language').click();
    }
  };

  it('the page has its landmarks, one h1, a title, and a live region from the start', async () => {
    const { page } = visitor;
    expect(await page.getByRole('banner').count()).toBe(1);
    expect(await page.getByRole('main').count()).toBe(1);
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    expect(await page.title()).toMatch(/.+ · URR$/);
    expect(await page.locator('[role=status][aria-live=polite]').count()).toBe(1);
    expect(await page.locator(':is(a, button, input, select)[tabindex="-1"]').count()).toBe(0);
  });

  it.each(['light', 'dark'] as const)(
    'the page is readable in the %s scheme, in both languages',
    async (colorScheme) => {
      await visitor.page.emulateMedia({ colorScheme });
      await inBothLanguages(async (page) => {
        const { checked, unreadable } = await unreadableTexts(page);
        expect(unreadable).toEqual([]);
        expect(checked).toBeGreaterThan(3);
      });
    },
  );

  it('the page fits a screen 320 pixels wide, with targets large enough for a thumb, in both languages', async () => {
    await visitor.page.setViewportSize({ width: 320, height: 640 });
    await inBothLanguages(async (page) => {
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
      for (const control of await page.locator('button:visible, a.primary:visible, input, select').all()) {
        expect((await control.boundingBox())?.height).toBeGreaterThanOrEqual(44);
      }
    });
  });

  it('the page has no animation with reduced motion, and logs no error', async () => {
    await visitor.page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await visitor.page.evaluate(() => document.getAnimations().length)).toBe(0);
    expect(visitor.complaints).toEqual([]);
  });
});

describe('by keyboard alone', () => {
  const focused = (page: Page) =>
    page.evaluate(
      () =>
        document.activeElement?.id || document.activeElement?.className || document.activeElement?.tagName,
    );

  it('Tab reaches the skip link, home, my tickets, language and content in order, and the skip link passes the header', () =>
    withPage('/events/concert', {}, async (page) => {
      const order: unknown[] = [];
      for (let n = 0; n < 5; n += 1) {
        await page.keyboard.press('Tab');
        order.push(await focused(page));
      }
      expect(order).toEqual(['skip', 'brand', 'mine', 'language', 'way-in']);
      await page.locator('.skip').focus();
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('way-in');
    }));

  it('a focused control has a visible outline', () =>
    withPage('/events/concert', {}, async (page) => {
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      const outline = await page.evaluate(() =>
        document.activeElement ? getComputedStyle(document.activeElement).outlineStyle : 'none',
      );
      expect(outline).toBe('solid');
    }));

  it('a visitor finds an event, opens it and joins the line by keyboard', () =>
    withPage('/', {}, async (page) => {
      await page.getByRole('searchbox', { name: '공연 찾기' }).focus();
      await page.keyboard.type('concert');
      await page.waitForURL('**/?search=concert');
      await page.getByRole('link', { name: '봄밤의 콘서트' }).first().focus();
      await page.keyboard.press('Enter');
      await page.waitForURL('**/events/*');
      await page.locator('#way-in').focus();
      await page.keyboard.press('Enter');
      await page.waitForURL('**/vwr/*');
      await page.locator('#place').waitFor();
    }));
});

describe('for a screen reader', () => {
  it('the waiting page has a named progress bar, a named notice, and the place in its title', () =>
    withPage('/vwr/concert', { locale: 'en-GB' }, async (page) => {
      await page.getByRole('heading', { level: 1, name: 'A Spring Night Concert' }).waitFor();
      expect(await page.getByRole('progressbar', { name: 'Progress' }).count()).toBe(1);
      expect(await page.getByRole('complementary', { name: 'Notice' }).count()).toBe(1);
      expect(await page.title()).toMatch(/^\d+ ahead · A Spring Night Concert · URR$/);
      // The drawing contains nothing that the text lacks.
      expect(await page.locator('svg:not([aria-hidden=true])').count()).toBe(0);
    }));

  it('an ordinary poll announces nothing', () =>
    withPage('/vwr/concert', { locale: 'en-GB' }, async (page) => {
      const live = page.locator('#live');
      await live.filter({ hasText: 'ahead' }).waitFor({ state: 'attached' });
      await live.evaluate((element) => {
        new MutationObserver(() => element.setAttribute('data-spoke', '1')).observe(element, {
          childList: true,
          characterData: true,
          subtree: true,
        });
      });
      for (let poll = 0; poll < 3; poll += 1) await page.waitForResponse('**/vwr/status/concert');
      expect(await live.getAttribute('data-spoke')).toBeNull();
    }));
});

describe('languages', () => {
  it.each([
    ['ko-KR', 'ko', '공연'],
    ['en-US', 'en', 'Events'],
    ['fr-FR', 'en', 'Events'],
  ])('a browser in %s reads %s', (locale, lang, heading) =>
    withPage('/', { locale }, async (page) => {
      expect(await page.evaluate(() => document.documentElement.lang)).toBe(lang);
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(heading);
    }),
  );

  it('the language switch is in the other language, and other pages keep the choice', () =>
    withPage('/', { locale: 'ko-KR' }, async (page) => {
      const toggle = page.getByRole('button', { name: 'English' });
      expect(await toggle.getAttribute('lang')).toBe('en');
      await toggle.click();
      expect(await page.evaluate(() => document.documentElement.lang)).toBe('en');
      await page.goto('/vwr/concert');
      await page.getByRole('heading', { level: 1, name: 'A Spring Night Concert' }).waitFor();
      expect(await page.evaluate(() => document.documentElement.lang)).toBe('en');
    }));
});
