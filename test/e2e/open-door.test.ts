import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoEventIds, seedDemo } from '#local/seed.ts';
import { HttpClient } from '../support/http/client.ts';
import { until } from '../support/time/patience.ts';
import { launchBrowser, openVisitor } from './support/browser.ts';
import { standInLine } from './support/line.ts';
import { type Site, startSite } from './support/site.ts';

/**
 * Longer than a redirected page waits before it continues (web/shared/departures.ts), so that a slow loop shows too.
 */
const quietMs = 6_500;
const event = demoEventIds.open;

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  await seedDemo({
    dynamodbEndpoint: site.system.endpoints.dynamodb,
    environmentName: site.system.environmentName,
    nowMs: Date.now(),
  });
  await site.addEvent('tier-one-off', { isActive: false, mode: 'waiting-room' });
  await site.addEvent('tier-two', { mode: 'queue' });
  // Before the gate knows the events it refuses them.
  const client = new HttpClient(site.url);
  for (const [id, door] of [
    [event, 'queue'],
    ['tier-one-off', 'seats'],
    ['tier-two', 'queue'],
  ] as const)
    await until(
      () => client.ask(`/${door}/${id}`, { headers: { 'x-urr-open': '1' } }),
      ({ status }) => status === 200,
    );
  client.close();
});
afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

/** Returns the visited pages in order, until no page has changed for a while. */
async function walk(
  start: string,
  end: RegExp,
  go: (page: Page) => Promise<void> = async () => {},
): Promise<string[]> {
  const { page, close } = await openVisitor(browser, site.url);
  try {
    const seen: string[] = [];
    let movedAtMs = Date.now();
    page.on('framenavigated', (frame) => {
      seen.push(new URL(frame.url()).pathname);
      movedAtMs = Date.now();
    });
    await page.goto(start);
    await go(page);
    await until(
      async () => ({ seen, isQuiet: Date.now() - movedAtMs > quietMs }),
      ({ isQuiet }) => (isQuiet && end.test(seen.at(-1) ?? '')) || seen.length > 12,
    );
    return seen;
  } finally {
    await close();
  }
}

describe('an event without a waiting room', () => {
  // Each in its own browser, in parallel. resilience.test.ts also tests the way from the event's page.
  it.concurrent.each<[string, string, string, ((page: Page) => Promise<void>)?]>([
    [
      'the list of events leads to the sale without a repeated page',
      '/',
      event,
      async (page) => {
        await page.locator(`a[href="/events/${event}"]`).first().click();
        await page.locator('#way-in').click();
      },
    ],
    ['a link to the queue leads to the sale without a repeated page', `/queue/${event}`, event],
    ['a link to the seats leads to the sale without a repeated page', `/seats/${event}`, event],
    [
      'a link to the seats of an event without a queue leads to the sale without a repeated page',
      '/seats/tier-one-off',
      'tier-one-off',
    ],
    [
      'a link to the waiting room of an event with a queue alone leads to the sale without a repeated page',
      '/vwr/tier-two',
      'tier-two',
    ],
  ])('%s', async (_, start, id, go) => {
    const end = new RegExp(`^/(?:queue|seats)/${id}$`);
    const seen = await walk(start, end, go);
    expect(seen.at(-1)).toMatch(end);
    expect(new Set(seen).size, seen.join(' → ')).toBe(seen.length);
  });
});

describe('a waiting room that is switched on', () => {
  it('a waiting room that is switched on takes in a visitor who still has the hint that there was none', async () => {
    const visitor = await openVisitor(browser, site.url);
    const client = new HttpClient(site.url);
    try {
      const { page } = visitor;
      await page.goto(`/vwr/${event}`);
      await page.waitForURL(`**/queue/${event}`);
      await site.events.update(event, { isActive: true, ratePerMinute: 0 });
      await until(
        () => client.ask(`/queue/${event}`, { headers: { 'x-urr-open': '1' } }),
        ({ status }) => status === 302,
      );
      const { place } = await standInLine(client, event);
      await page.goto(`/queue/${event}`);
      expect(new URL(page.url()).pathname).toBe(`/vwr/${event}`);
      expect(Number(await page.locator('#place').textContent())).toBe(place.position + 1);
    } finally {
      client.close();
      await visitor.close();
    }
  });
});
