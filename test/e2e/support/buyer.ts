import type { Browser, Page } from 'playwright-core';
import { openVisitor, type Visitor } from './browser.ts';
import type { Site } from './site.ts';

const password = 'Correct-horse-7-battery';

export interface Buyer extends Visitor {
  readonly email: string;
  /** Subject of the account in access tokens. */
  readonly subject: string;
}

/** Opens a buyer with an account and a browser, not signed in yet. */
export async function openBuyer(
  site: Site,
  browser: Browser,
  name: string,
  options: Parameters<typeof openVisitor>[2] = {},
): Promise<Buyer> {
  const email = `${name}@example.kr`;
  const account = await site.system.issuer?.addAccount(email, password);
  if (typeof account !== 'object') throw new Error(`no account for ${email}: ${account}`);
  return { ...(await openVisitor(browser, site.url, options)), email, subject: account.sub };
}

/** Signs in on the provider's form, from a page that requires it and back to that page. */
export async function signIn(page: Page, email: string): Promise<void> {
  await page.getByRole('link', { name: '로그인' }).click();
  await page.locator('#sign-in').click();
  await page.getByLabel('이메일').fill(email);
  await page.getByLabel('비밀번호').fill(password);
  await page.getByRole('button', { name: '로그인' }).click();
}

/** Walks as a buyer does: event page, waiting page if there is one, sign-in. Ends on the queue page or behind it. */
export async function walkToQueue({ page, email }: Buyer, eventId: string): Promise<void> {
  await page.goto(`/events/${eventId}`);
  await page.locator('#way-in').click();
  await page.waitForURL(`**/queue/${eventId}`);
  await signIn(page, email);
  await page.waitForURL(new RegExp(`/(?:queue|seats)/${eventId}$`));
}

export async function walkToSeats(buyer: Buyer, eventId: string): Promise<void> {
  await walkToQueue(buyer, eventId);
  await buyer.page.waitForURL(`**/seats/${eventId}`);
}

/** Sends a request as the page does, with the browser's cookies. */
export function call(
  page: Page,
  method: 'GET' | 'POST',
  path: string,
): Promise<{ readonly status: number; readonly body: unknown }> {
  return page.evaluate(
    async ([method, path]) => {
      const answer = await fetch(path, { method, cache: 'no-store' });
      return { status: answer.status, body: await answer.json() };
    },
    [method, path] as const,
  );
}
