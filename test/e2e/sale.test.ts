import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SeatLayout } from '#contract/sale.ts';
import { seatStatusesSchema } from '#contract/sale-http.ts';
import { launchBrowser } from './support/browser.ts';
import { type Buyer, call, openBuyer, walkToSeats } from './support/buyer.ts';
import { unreadableTexts } from './support/contrast.ts';
import { type Site, startSite } from './support/site.ts';

/** The pages of the sale on the whole system: gate, workers, Redis, DynamoDB and the payment sandbox. */
const sections: SeatLayout['sections'] = [
  {
    kind: 'seated',
    id: 'R',
    name: { ko: 'R석', en: 'Stalls' },
    grade: 'R',
    priceKrw: 132_000,
    rows: [
      { label: '1', seats: 10 },
      { label: '2', seats: 12 },
    ],
  },
  {
    kind: 'standing',
    id: 'ST',
    name: { ko: '스탠딩', en: 'Standing' },
    grade: 'S',
    priceKrw: 66_000,
    capacity: 30,
  },
];
/**
 * Two seconds on a fast machine: pages poll the map once per second, and a map is at most half a second old, so one
 * poll may still show a seat as free.
 */
const looksThatShowItFree = 1;

let site: Site;
let browser: Browser;
const open: Buyer[] = [];

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  for (const eventId of ['bought', 'declined', 'kept', 'listed']) {
    await site.addEvent(eventId, { mode: 'queue', threshold: 100, seatsPerOrder: 4 });
    await site.addSeats(eventId, sections);
  }
  const startsAt = new Date(Date.now() + 8 * 86_400_000).toISOString();
  await site.addEvent('terms', { mode: 'queue', startsAt, refundPolicy: '10:0, 7:10, 3:20, 1:30' });
  await site.addSeats('terms', sections);
  await site.knownAtTheEdge();
});
afterAll(async () => {
  await browser?.close();
  await site?.stop();
});
afterEach(async () => {
  site.system.payments.set({ declined: 0 });
  const complaints = open.flatMap((buyer) => buyer.complaints);
  await Promise.all(open.splice(0).map((buyer) => buyer.close()));
  expect(complaints).toEqual([]);
});

async function atTheSeats(name: string, eventId: string): Promise<Page> {
  const buyer = await openBuyer(site, browser, name);
  open.push(buyer);
  await walkToSeats(buyer, eventId);
  await buyer.page.locator('#map canvas').waitFor();
  return buyer.page;
}
/** Through the list, which names every seat, as for a screen reader. */
async function openRow(page: Page, row: string): Promise<void> {
  await page.locator('#as-list').click();
  await page.getByRole('button', { name: /^R석/ }).click();
  await page.getByRole('button', { name: new RegExp(`^${row}열`) }).click();
}
const seat = (page: Page, number: number) =>
  page.locator('.seat-list').getByRole('button', { name: new RegExp(`^${number}번,`) });
const statusesOf = async (page: Page, eventId: string) =>
  seatStatusesSchema.parse((await call(page, 'GET', `/api/v1/seats/events/${eventId}`)).body);
/** Records the page's polls of the map from now on: their times, and the states of these seats; undefined: unchanged. */
function looksAt(page: Page, eventId: string, section: string, [from, to]: [number, number]) {
  const looks: Promise<{ readonly askedAtMs: number; readonly seats: string | undefined }>[] = [];
  const path = `/api/v1/seats/events/${eventId}`;
  const read = async (request: Request) => {
    const response = await request.response();
    if (response?.status() !== 200) return undefined;
    return seatStatusesSchema.parse(await response.json()).sections[section]?.slice(from, to);
  };
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (pathname !== path || search !== '') return;
    const askedAtMs = Date.now();
    looks.push(read(request).then((seats) => ({ askedAtMs, seats })));
  });
  return looks;
}

describe('a buyer', () => {
  it('a buyer buys two seats side by side and finds them in the reservations, and another buyer sees them as taken', async () => {
    const [page, other] = await Promise.all([atTheSeats('first', 'bought'), atTheSeats('other', 'bought')]);
    await openRow(other, '1');
    expect(await seat(other, 5).getAttribute('class')).toContain('free');
    const shown = looksAt(other, 'bought', 'R', [4, 6]);

    await openRow(page, '1');
    await seat(page, 5).click();
    await seat(page, 6).click();
    expect(await page.locator('#chosen-count').textContent()).toBe('2 / 4석');
    await page.locator('#reserve').click();
    await page.locator('#time-left').waitFor();
    const heldAtMs = Date.now();
    await other.locator('.seat.locked, .seat.sold').nth(1).waitFor();
    const looks = (await Promise.all(shown)).filter(({ askedAtMs }) => askedAtMs > heldAtMs);
    expect(looks.findIndex(({ seats }) => seats === '11')).toBeLessThanOrEqual(looksThatShowItFree);
    expect(await seat(other, 6).getAttribute('aria-disabled')).toBe('true');

    expect(await page.locator('#held-seats').textContent()).toBe('R석 1열 5번R석 1열 6번');
    await page.locator('#pay').click();
    await page.getByRole('link', { name: '결제하기' }).click();
    await page.getByRole('heading', { name: '예매가 확정됐어요' }).waitFor();
    await page.waitForURL(/\/reservations\?reservation=[0-9a-f-]{36}$/);
    // A refresh repeats the request, and charges the buyer once.
    await page.reload();
    await page.getByRole('heading', { name: '예매가 확정됐어요' }).waitFor();

    await page.locator('#to-mine').click();
    const slip = page.locator('.slip.confirmed');
    await slip.getByText('R 1열 5번 · R 1열 6번').waitFor();
    await slip.getByText('₩264,000').waitFor();

    await slip.getByRole('button', { name: '예매 취소' }).click();
    await slip.getByRole('button', { name: '그대로 둘게요' }).click();
    expect(await page.locator('.slip.confirmed').count()).toBe(1);
    await slip.getByRole('button', { name: '예매 취소' }).click();
    await slip.getByRole('button', { name: '2석 취소하기' }).click();
    await page.locator('.slip.cancelled').waitFor();
    await expect.poll(async () => (await statusesOf(other, 'bought')).sections.R?.slice(4, 6)).toBe('00');
  });

  it('a buyer reads the cancellation fee before buying, and cancels one of two seats by keyboard for that fee', async () => {
    const page = await atTheSeats('terms', 'terms');
    await page.goto('/events/terms');
    const offered = await page.locator('#refund-terms').textContent();
    for (const words of ['결제 금액의 10%', '결제 금액의 30%', '그 뒤에는 취소하거나 환불받을 수 없어요.'])
      expect(offered).toContain(words);
    expect(await page.locator('#sales-end').count()).toBe(1);
    await page.goto('/seats/terms');
    await page.locator('#map canvas').waitFor();
    await openRow(page, '1');
    await seat(page, 5).click();
    await seat(page, 6).click();
    await page.locator('#reserve').click();
    await page.locator('#time-left').waitFor();
    expect(await page.locator('#refund-terms').textContent()).toBe(offered);
    await page.locator('#pay').click();
    await page.getByRole('link', { name: '결제하기' }).click();
    await page.locator('#to-mine').click();

    const slip = page.locator('.slip.confirmed');
    await slip.getByRole('button', { name: '예매 취소' }).press('Enter');
    const one = slip.getByRole('checkbox', { name: /1열 6번/ });
    await one.waitFor();
    expect(await slip.getByText('취소 수수료 (10%)').count()).toBe(1);
    expect(await slip.locator('output').textContent()).toBe('₩237,600');
    await one.press('Space');
    expect(await slip.locator('output').textContent()).toBe('₩118,800');
    expect((await unreadableTexts(page)).unreadable).toEqual([]);
    await slip.getByRole('button', { name: '1석 취소하기' }).press('Enter');
    await slip.getByText('취소한 좌석: R 1열 5번').waitFor();
    expect(await slip.locator('.slip-seats').textContent()).toBe('R 1열 6번');
    await slip.getByRole('button', { name: '예매 취소' }).click();
    expect(await slip.locator('output').textContent()).toBe('₩118,800');
  });

  it('a buyer whose card is declined pays again while the seats are held, and a cancelled payment keeps them', async () => {
    const page = await atTheSeats('declined', 'declined');
    await page.locator('#best-count-more').click();
    await page.locator('#best').click();
    await page.locator('#time-left').waitFor();
    expect(await page.locator('#held-seats li').count()).toBe(3);

    await page.locator('#pay').click();
    await page.getByRole('link', { name: '취소' }).click();
    await page.getByRole('heading', { name: '결제를 마치지 않았어요' }).waitFor();

    site.system.payments.set({ declined: 1 });
    await page.locator('#pay-again').click();
    await page.getByRole('link', { name: '결제하기' }).click();
    await page.getByRole('heading', { name: '결제가 승인되지 않았어요' }).waitFor();

    site.system.payments.set({ declined: 0 });
    await page.locator('#pay-again').click();
    await page.getByRole('link', { name: '결제하기' }).click();
    await page.getByRole('heading', { name: '예매가 확정됐어요' }).waitFor();
  });

  it('a buyer keeps the hold over a refresh and the back button, and releases it after a confirmation', async () => {
    const page = await atTheSeats('kept', 'kept');
    await page.locator('#area-ST-more').click();
    await page.locator('#area-ST-more').click();
    await page.locator('#reserve').click();
    await page.locator('#time-left').waitFor();
    const seats = await page.locator('#held-seats').textContent();
    await page.reload();
    await page.locator('#time-left').waitFor();
    expect(await page.locator('#held-seats li').count()).toBe(2);

    await page.locator('#pay').click();
    await page.getByRole('link', { name: '결제하기' }).waitFor();
    await page.goBack();
    await page.locator('#time-left').waitFor();
    expect(seats).toContain('스탠딩');

    await page.locator('#release').click();
    await page.locator('#keep').click();
    await page.locator('#release').click();
    await page.locator('#release-sure').click();
    await page.locator('#map canvas').waitFor();
    expect(await page.locator('#notice').textContent()).toContain('돌려놓았어요');
    // The map is read from Redis twice per second.
    await expect.poll(async () => (await statusesOf(page, 'kept')).sections.ST).toBe('0'.repeat(30));
  });

  it('a buyer finds a seat on the map by keyboard, hears its announcement and holds it', async () => {
    const page = await atTheSeats('keys', 'listed');
    await page.locator('#as-list').focus();
    await page.keyboard.press('Tab');
    const live = page.locator('#live');
    await live.filter({ hasText: 'R석, ₩132,000, 남은 좌석 22석' }).waitFor({ state: 'attached' });
    await page.keyboard.press('Enter');
    await live.filter({ hasText: 'R석 1열 6번, ₩132,000, 빈자리' }).waitFor({ state: 'attached' });
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await live.filter({ hasText: 'R석 1열 7번 골랐어요' }).waitFor({ state: 'attached' });
    await page.locator('#reserve').press('Enter');
    await page.locator('#time-left').waitFor();
    expect(await page.locator('#held-seats').textContent()).toBe('R석 1열 7번');
  });

  it('every page of the sale is readable on a narrow screen, in both schemes and languages', async () => {
    const page = await atTheSeats('reader', 'listed');
    const check = async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        for (let language = 0; language < 2; language += 1) {
          expect((await unreadableTexts(page)).unreadable).toEqual([]);
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
          for (const control of await page.locator('button:visible, a.primary:visible, select').all())
            expect((await control.boundingBox())?.height).toBeGreaterThanOrEqual(44);
          await page.locator('#language').click();
        }
      }
      expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
      expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    };
    await page.setViewportSize({ width: 320, height: 640 });
    await check();
    await openRow(page, '2');
    await seat(page, 1).click();
    await check();
    await page.locator('#reserve').click();
    await page.locator('#time-left').waitFor();
    await check();
    await page.goto('/reservations');
    await page.locator('.slip').waitFor();
    await check();
  });
});
