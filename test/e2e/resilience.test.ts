import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHintCookie } from '#contract/token-names.ts';
import { launchBrowser, openVisitor, type Visitor } from './support/browser.ts';
import { type Site, startSite } from './support/site.ts';

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  await site.addEvent('concert', { ratePerMinute: 0 });
  await site.addEvent('open-house', { isActive: false });
});
afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

async function inLine<T>(use: (page: Page, visitor: Visitor) => Promise<T>): Promise<T> {
  const visitor = await openVisitor(browser, site.url);
  try {
    await visitor.page.goto('/vwr/concert');
    await visitor.page.locator('#place').waitFor();
    return await use(visitor.page, visitor);
  } finally {
    await visitor.close();
  }
}

const place = (page: Page) => page.locator('#place').textContent();
const statusPath = '**/vwr-api/vwr/status/concert';

describe('a visitor in line', () => {
  it('a visitor who loses the network sees so, keeps the place, and sees when it is back', () =>
    inLine(async (page) => {
      const before = await place(page);
      let joins = 0;
      page.on('request', (request) => {
        if (request.url().includes('/assign/')) joins += 1;
      });
      await page.context().setOffline(true);
      await page.getByText('다시 연결하는 중').first().waitFor();
      expect(await place(page)).toBe(before);
      await page.context().setOffline(false);
      await page.locator('.hint.lost').waitFor({ state: 'detached' });
      expect(await place(page)).toBe(before);
      expect(joins).toBe(0);
    }));

  it('a visitor who refreshes without a network keeps the place', () =>
    inLine(async (page) => {
      const before = await place(page);
      await page.context().setOffline(true);
      // The reload fails: a buyer would see the browser's error page.
      await page.reload().catch(() => {});
      await page.context().setOffline(false);
      await page.goto('/vwr/concert');
      await page.locator('#place').waitFor();
      expect(await place(page)).toBe(before);
    }));

  it('a frozen tab polls at once when it becomes active', () =>
    inLine(async (page) => {
      const before = await place(page);
      const devtools = await page.context().newCDPSession(page);
      await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      await devtools.send('Page.setWebLifecycleState', { state: 'active' });
      await page.waitForResponse(statusPath);
      expect(await place(page)).toBe(before);
    }));

  it('a waiting page has one request under way at most, and polls at most once per gap', () =>
    inLine(async (page) => {
      let inFlight = 0;
      let most = 0;
      let asked = 0;
      await page.route('**/vwr-api/**', async (route) => {
        inFlight += 1;
        asked += 1;
        most = Math.max(most, inFlight);
        await new Promise((resolve) => setTimeout(resolve, 400));
        inFlight -= 1;
        await route.continue();
      });
      const startedMs = Date.now();
      const isOver = () => Date.now() > startedMs + 6_000 && asked > 1;
      while (!isOver()) {
        await page.evaluate(() => {
          window.dispatchEvent(new Event('online'));
          document.dispatchEvent(new Event('visibilitychange'));
        });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(most).toBe(1);
      // One at once, then one per two seconds, however long the machine takes for the six.
      expect(asked).toBeLessThanOrEqual(1 + Math.ceil((Date.now() - startedMs) / 2_000));
    }));

  it('a waiting page polls a busy server only after Retry-After, and shows the place meanwhile', () =>
    inLine(async (page) => {
      const before = await place(page);
      const askedAtMs: number[] = [];
      await page.route(statusPath, async (route) => {
        askedAtMs.push(Date.now());
        await (askedAtMs.length === 1
          ? route.fulfill({
              status: 503,
              headers: { 'retry-after': '4' },
              json: { error: '', code: 'UNAVAILABLE' },
            })
          : route.continue());
      });
      await page.waitForResponse(
        (response) => response.url().includes('/status/') && response.status() === 503,
      );
      await page.waitForResponse((response) => response.url().includes('/status/') && response.ok());
      const [first = 0, second = 0] = askedAtMs;
      expect(second - first).toBeGreaterThanOrEqual(4_000);
      expect(await place(page)).toBe(before);
    }));

  it('a waiting page requests only the shared document', () =>
    inLine(async (page) => {
      await page.getByRole('heading', { name: '봄밤의 콘서트' }).waitFor();
      const kinds = new Set<string>();
      page.on('request', (request) => void kinds.add(request.url().split('/')[5] ?? ''));
      for (let poll = 0; poll < 3; poll += 1) await page.waitForResponse(statusPath);
      expect([...kinds]).toEqual(['status']);
    }));
});

describe('the waiting page', () => {
  it('the waiting page is one document, under 40 KiB with script and style', async () => {
    const visitor = await openVisitor(browser, site.url);
    try {
      const wire = new Map<string, number>();
      const types: string[] = [];
      visitor.page.on('requestfinished', async (request) => {
        const path = new URL(request.url()).pathname;
        if (path.startsWith('/vwr-api/') || path.startsWith('/api/') || path === '/favicon.svg') return;
        types.push(request.resourceType());
        const sizes = await request.sizes();
        wire.set(path, sizes.responseBodySize);
      });
      await visitor.page.goto('/vwr/concert', { waitUntil: 'networkidle' });
      expect(types.filter((type) => type === 'document')).toHaveLength(1);
      expect([...wire.keys()]).toHaveLength(3);
      expect([...wire.values()].reduce((sum, size) => sum + size, 0)).toBeLessThan(40 * 1024);
    } finally {
      await visitor.close();
    }
  });

  it('the waiting page keeps its cookies out of reach of scripts', () =>
    inLine(async (page) => {
      expect(await page.evaluate(() => document.cookie)).toBe('');
      const cookies = await page.context().cookies();
      expect(cookies.length).toBeGreaterThan(0);
      for (const cookie of cookies) {
        expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax', path: '/' });
        expect(cookie.name).toMatch(/^__Host-/);
      }
    }));
});

describe('an event without a waiting room', () => {
  it('an event without a waiting room leads from its page straight to the sale, by the hint cookie', async () => {
    const visitor = await openVisitor(browser, site.url);
    try {
      const visited: string[] = [];
      visitor.page.on('framenavigated', (frame) => void visited.push(new URL(frame.url()).pathname));
      await visitor.page.goto('/events/open-house');
      await visitor.page.locator('#way-in').click();
      await visitor.page.getByRole('heading', { name: '로그인' }).waitFor();
      expect(visited).toEqual(['/events/open-house', '/queue/open-house']);
      const cookies = await visitor.page.context().cookies();
      expect(cookies.map(({ name }) => name)).toEqual([openHintCookie('open-house')]);
    } finally {
      await visitor.close();
    }
  });

  it('an event without a waiting room lets a visitor of the waiting page through', async () => {
    const visitor = await openVisitor(browser, site.url);
    try {
      await visitor.page.goto('/vwr/open-house');
      await visitor.page.waitForURL('**/queue/open-house');
    } finally {
      await visitor.close();
    }
  });
});
