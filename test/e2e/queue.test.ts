import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mineAnswerSchema, seatStatusesSchema } from '#contract/sale-http.ts';
import { tokenCookie } from '#contract/token-names.ts';
import { testSections } from '../support/sale/seat-sections.ts';
import { patienceMs } from '../support/time/patience-ms.ts';
import { launchBrowser } from './support/browser.ts';
import { type Buyer, call, openBuyer, signIn, walkToQueue, walkToSeats } from './support/buyer.ts';
import { type Site, startSite } from './support/site.ts';

/**
 * A visitor is overdue after a missed poll, which is due within 1.5 s, and ten more seconds (lua/queue/heartbeat.lua).
 */
const silentMs = 12_000;
/** The place inside is kept for this long after its page was closed (functions/admission/policy.ts). */
const awayMs = 65_000;

let site: Site;
let browser: Browser;
const complaints: string[] = [];

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  await site.addEvent('entered', { threshold: 1 });
  await site.addSeats('entered', testSections);
  await site.addEvent('lent', { threshold: 0 });
  // The first two events use line and queue; the others use only the queue, which is shorter.
  await site.addEvent('silent', { mode: 'queue', threshold: 1 });
  await site.addEvent('closed', { mode: 'queue', threshold: 1 });
  await site.addSeats('closed', testSections);
  for (const eventId of ['left', 'sold']) await site.addEvent(eventId, { mode: 'queue', threshold: 0 });
  await site.knownAtTheEdge();
});
afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

/** Opens buyers, each with a browser and an account, and closes them after the test. */
async function withBuyers(
  count: number,
  name: string,
  play: (buyers: readonly Buyer[]) => Promise<void>,
): Promise<void> {
  const buyers = await Promise.all(
    Array.from({ length: count }, (_, n) => openBuyer(site, browser, `${name}-${n}`)),
  );
  try {
    await play(buyers);
    complaints.push(...buyers.flatMap((buyer) => buyer.complaints));
  } finally {
    await Promise.all(buyers.map((buyer) => buyer.close()));
  }
}

const place = (page: Page, position: number) =>
  page.locator('#place', { hasText: new RegExp(`^${position}$`) }).waitFor();
async function newestReservation(page: Page) {
  const { body } = await call(page, 'GET', '/api/v1/reservations/mine');
  const [newest] = mineAnswerSchema.parse(body).reservations;
  if (newest === undefined) throw new Error('no reservation');
  return newest;
}
const leave = (page: Page, eventId: string) => call(page, 'POST', `/api/v1/queue/leave/${eventId}`);

describe.concurrent('a buyer', () => {
  it('a buyer walks from the event page to the seats, buys two seats, and the next buyer is admitted automatically', () =>
    withBuyers(2, 'entered', async ([first, second]) => {
      if (!first || !second) throw new Error('two buyers');
      const seen: string[] = [];
      first.page.on('framenavigated', (frame) => seen.push(new URL(frame.url()).pathname));
      await walkToSeats(first, 'entered');
      const way = [
        '/events/entered',
        '/vwr/entered',
        '/queue/entered',
        '/sign-in',
        '/queue/entered',
        '/seats/entered',
      ];
      expect(seen.filter((path) => way.includes(path))).toEqual(way);

      const name = tokenCookie.entry('entered');
      const cookie = (await first.page.context().cookies()).find((own) => own.name === name);
      expect(cookie).toMatchObject({ httpOnly: true, secure: true, path: '/' });
      const keys = createRemoteJWKSet(new URL(`${site.url}/vwr-api/vwr/jwks`));
      const { payload } = await jwtVerify(cookie?.value ?? '', keys, { audience: 'entered' });
      expect(payload).toMatchObject({ sub: `u.${first.subject}`, gen: 1 });
      expect(await first.page.evaluate('document.cookie')).not.toContain('entry');

      await walkToQueue(second, 'entered');
      await place(second.page, 1);
      expect(await second.page.locator('#shoppers').textContent()).toBe('1 / 1명');

      const { page } = first;
      await page.getByRole('combobox').selectOption('R');
      await page.locator('#best').click();
      await page.locator('#pay').click();
      await page.waitForURL(`${site.system.payments.url}/checkout**`);
      await page.getByRole('link', { name: '결제하기' }).click();
      await page.getByRole('heading', { name: '예매가 확정됐어요' }).waitFor();
      await second.page.waitForURL('**/seats/entered');
      expect((await page.context().cookies()).map((own) => own.name)).not.toContain(name);

      await page.locator('#to-mine').click();
      await page.getByText('예매 확정').waitFor();
      const { orderId = '', ...bought } = await newestReservation(page);
      expect(bought).toMatchObject({ state: 'confirmed', amountKrw: 100_000 });
      const [left, right] = bought.seatIds.map((seatId) => Number(seatId.split('-')[2]));
      expect(right).toBe((left ?? 0) + 1);
      expect(site.system.payments.charges(orderId)).toBe(1);
      expect(site.system.payments.keptKrw(orderId)).toBe(100_000);
      const { body } = await call(second.page, 'GET', '/api/v1/seats/events/entered');
      const { sections } = seatStatusesSchema.parse(body);
      expect(sections.A?.split('').filter((digit) => digit === '2')).toHaveLength(2);
    }));

  it('a buyer leaves the queue after a confirmation, and can join again', () =>
    withBuyers(2, 'left', async ([first, second]) => {
      if (!first || !second) throw new Error('two buyers');
      const { page } = first;
      await walkToQueue(first, 'left');
      await walkToQueue(second, 'left');
      await place(page, 1);
      await place(second.page, 2);

      await page.locator('#leave').click();
      await page.locator('#stay').click();
      await place(page, 1);
      await page.locator('#leave').click();
      await page.locator('#leave-sure').click();
      await page.getByRole('heading', { name: '줄에서 나왔어요' }).waitFor();
      await place(second.page, 1);
      await page.getByRole('button', { name: '다시 줄 서기' }).click();
      await page.locator('#place').waitFor();
    }));

  it('a buyer cannot use a pass that another account has used (C6.12)', () =>
    withBuyers(2, 'lent', async ([owner, other]) => {
      if (!owner || !other) throw new Error('two buyers');
      const { page } = owner;
      await walkToQueue(owner, 'lent');
      await place(page, 1);

      await page.goto('/sign-in');
      await page.locator('#sign-out').click();
      await page.waitForURL(`${site.url}/`);
      await page.goto('/queue/lent');
      await signIn(page, other.email);
      await page.getByText('이 입장권은 다른 계정의 것이에요').waitFor();
      const answer = await call(page, 'POST', '/api/v1/queue/check/lent');
      expect(answer).toMatchObject({ status: 403, body: { code: 'WRONG_ACCOUNT' } });
    }));

  it('a buyer in the queue sees that all seats are sold, and when seats are free again', () =>
    withBuyers(1, 'sold', async ([buyer]) => {
      if (!buyer) throw new Error('one buyer');
      const { page } = buyer;
      await walkToQueue(buyer, 'sold');
      await page.getByRole('heading', { name: '순서대로 입장하고 있어요' }).waitFor();
      await site.events.update('sold', { isSoldOut: true });
      await page.getByRole('heading', { name: '매진됐어요' }).waitFor();
      await site.events.update('sold', { isSoldOut: false });
      await page.getByRole('heading', { name: '순서대로 입장하고 있어요' }).waitFor();
    }));

  it('a buyer who has stopped polling does not block the buyers behind (E2)', () =>
    withBuyers(3, 'silent', async ([inside, silent, behind]) => {
      if (!inside || !silent || !behind) throw new Error('three buyers');
      await walkToSeats(inside, 'silent');
      await walkToQueue(silent, 'silent');
      await place(silent.page, 1);
      await silent.page.close();
      const silentAtMs = Date.now();
      await walkToQueue(behind, 'silent');
      await place(behind.page, 2);
      await new Promise((resolve) => setTimeout(resolve, silentAtMs + silentMs - Date.now()));
      await leave(inside.page, 'silent');
      await behind.page.waitForURL('**/seats/silent');
    }));

  it('a closed tab gives its place to the next buyer after a minute, and a refresh takes it back at once', () =>
    withBuyers(2, 'closed', async ([inside, next]) => {
      if (!inside || !next) throw new Error('two buyers');
      await walkToSeats(inside, 'closed');
      const { page } = inside;
      await walkToQueue(next, 'closed');
      await place(next.page, 1);
      const back = page.waitForResponse('**/api/v1/queue/heartbeat/closed');
      await page.reload();
      expect((await (await back).json()).state).toBe('admitted');
      await page.locator('#best').waitFor();
      const closedAtMs = Date.now();
      await page.close({ runBeforeUnload: true });
      await next.page.waitForURL('**/seats/closed', { timeout: awayMs + patienceMs });
      expect(Date.now() - closedAtMs).toBeGreaterThan(awayMs - 2_000);
    }));
});

it('no page logged an error or broke the content security policy', () => {
  expect(complaints).toEqual([]);
});
