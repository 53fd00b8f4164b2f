import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { ensureTools } from '#local/prerequisites.ts';
import { patienceMs } from '../../support/time/patience-ms.ts';

/** A browser that connects only to the system under test. */
const quietly = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function launchBrowser(): Promise<Browser> {
  const { chromium: executablePath } = await ensureTools(['chromium']);
  return chromium.launch({ executablePath, args: quietly });
}

export interface Visitor {
  readonly page: Page;
  /** Errors of the browser: exceptions, and what the content security policy refused. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** Opens a visitor with a browser context of its own: own cookies, own storage. */
export async function openVisitor(
  browser: Browser,
  baseURL: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL,
    locale: 'ko-KR',
    timezoneId: 'Asia/Seoul',
    ...options,
  });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) complaints.push(message.text());
  });
  return { page, complaints, close: () => context.close() };
}
