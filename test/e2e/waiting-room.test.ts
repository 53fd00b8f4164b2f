import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenCookie, visitorCookie } from '#contract/token-names.ts';
import { api } from '../../web/shared/addresses.ts';
import { HttpClient } from '../support/http/client.ts';
import { CookieJar } from '../support/http/cookie-jar.ts';
import { until } from '../support/time/patience.ts';
import { launchBrowser, openVisitor, type Visitor } from './support/browser.ts';
import { check, type Stander, standInLine, status } from './support/line.ts';
import { type Site, startSite } from './support/site.ts';

/** Each process of the API caches the state of the line for this long, so two processes may differ by it. */
const apiCacheMs = 1_000;

let site: Site;
let browser: Browser;
let client: HttpClient;
const visitors: Visitor[] = [];

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  client = new HttpClient(site.url);
});
afterAll(async () => {
  await browser?.close();
  client?.close();
  await site?.stop();
});

async function visit(path: string): Promise<Visitor> {
  const visitor = await openVisitor(browser, site.url);
  visitors.push(visitor);
  await visitor.page.goto(path);
  return visitor;
}

/** Returns the visitor's number, once the page shows it. */
async function placeOn(page: Page): Promise<number> {
  return Number((await page.locator('#place').textContent())?.replaceAll(',', ''));
}

describe('twenty visitors, two of them with browsers', () => {
  const eventId = 'concert';
  const standers: Stander[] = [];
  const browsers: { readonly page: Page; readonly position: number }[] = [];
  /** Repeated requests for a place: none, unless a response is lost. */
  let repeats = 0;

  beforeAll(() => site.addEvent(eventId, { ratePerMinute: 0 }));

  it('visitors get places in the order in which they join', async () => {
    let last = 0;
    // A new visitor's page repeats a request whose response is lost, and each repeat may take a number.
    const isNext = (position: number, n: number) => {
      expect(position).toBeGreaterThan(last);
      expect(position).toBeGreaterThanOrEqual(n);
      expect(position).toBeLessThanOrEqual(n + repeats);
      last = position;
    };
    for (let n = 1; n <= 20; n += 1) {
      if (n === 7 || n === 15) {
        const visitor = await openVisitor(browser, site.url);
        visitors.push(visitor);
        const { page } = visitor;
        let asked = 0;
        page.on('request', (request) => {
          if (new URL(request.url()).pathname === api.assign(eventId)) asked += 1;
        });
        await page.goto(`/vwr/${eventId}`);
        const position = await placeOn(page);
        repeats += asked - 1;
        isNext(position, n);
        browsers.push({ page, position });
      } else {
        const stander = await standInLine(client, eventId);
        isNext(stander.place.position, n);
        standers.push(stander);
      }
    }
  });

  it('visitors keep their places over a refresh and a second visit', async () => {
    const [first] = browsers;
    if (!first) throw new Error('no browser stands in line');
    await first.page.reload();
    expect(await placeOn(first.page)).toBe(first.position);
    await first.page.goto('/');
    await first.page.goto(`/vwr/${eventId}`);
    expect(await placeOn(first.page)).toBe(first.position);

    const [stander] = standers;
    if (!stander) throw new Error('nobody stands in line');
    const again = await standInLine(client, eventId, stander.jar);
    expect(again.place.requestId).toBe(stander.place.requestId);
  });

  it('visitors get no pass before their call', async () => {
    for (const stander of standers) {
      expect((await check(client, eventId, stander)).state).toBe('waiting');
      expect(stander.jar.get(tokenCookie.pass(eventId))).toBeUndefined();
    }
  });

  it('all visitors are admitted in order, and the browsers go on automatically', async () => {
    // When a visitor is admitted, all earlier places have been called.
    const arrivals = browsers.map(async ({ page, position }) => {
      await page.waitForURL(`**/queue/${eventId}`);
      const before = standers.filter(({ place }) => place.position < position);
      const isIn = (stander: Stander) =>
        until(
          () => check(client, eventId, stander),
          ({ state }) => state === 'admitted',
        );
      return Promise.all(before.map(isIn));
    });
    await site.events.update(eventId, { ratePerMinute: 120 });

    const admittedAtMs = new Map<number, number>();
    let roundMsMax = 0;
    const waiting = new Set(standers);
    for (let round = 1; waiting.size > 0 && round <= 150; round += 1) {
      const startedMs = Date.now();
      // From the back, so that a call between two checks cannot improve the order.
      for (const stander of [...waiting].reverse()) {
        const answer = await check(client, eventId, stander);
        if (answer.state !== 'admitted') continue;
        waiting.delete(stander);
        admittedAtMs.set(stander.place.position, Date.now());
      }
      roundMsMax = Math.max(roundMsMax, Date.now() - startedMs + 200);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(waiting.size).toBe(0);
    const times = [...admittedAtMs].sort(([a], [b]) => a - b).map(([, atMs]) => atMs);
    const overtaken = times.map((atMs, index) => atMs - Math.min(...times.slice(index)));
    expect(Math.max(...overtaken)).toBeLessThanOrEqual(apiCacheMs + roundMsMax);
    // Not all at once either: two per second.
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(5_000);

    for (const before of await Promise.all(arrivals)) {
      expect(before.every(({ state }) => state === 'admitted')).toBe(true);
    }
    const { totals } = await until(
      () => status(client, eventId),
      ({ totals: { waiting } }) => waiting === 0,
    );
    expect(totals.called).toBe(totals.joined);
    expect(totals.joined).toBeGreaterThanOrEqual(20);
    expect(totals.joined).toBeLessThanOrEqual(20 + repeats);
  });

  it('an admitted visitor sees the queue page, which asks for sign-in', async () => {
    for (const { page } of browsers) {
      await page.getByRole('heading', { name: '대기실을 통과했어요' }).waitFor();
      expect(new URL(page.url()).pathname).toBe(`/queue/${eventId}`);
    }
  });
});

describe('a visitor without a pass', () => {
  beforeAll(() => site.addEvent('opera', { ratePerMinute: 0 }));

  it('a browser without a pass is redirected from the queue to the waiting page', async () => {
    const { page } = await visit('/queue/opera');
    expect(new URL(page.url()).pathname).toBe('/vwr/opera');
    expect(await placeOn(page)).toBeGreaterThan(0);
  });

  it('a program without a pass is refused with the address of the waiting page', async () => {
    const answer = await client.ask('/api/v1/queue/status/opera');
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'PASS_REQUIRED', redirectTo: '/vwr/opera' });
  });
});

describe('a pass', () => {
  const eventId = 'ballet';
  let owner: Stander;

  const visitQueue = async (jar: CookieJar, event = eventId) => {
    const { status, headers } = await client.ask(`/queue/${event}`, { jar });
    return { status, location: headers.location };
  };

  beforeAll(async () => {
    await site.addEvent(eventId, { ratePerMinute: 6000 });
    await site.addEvent('drama', { ratePerMinute: 0 });
    owner = await standInLine(client, eventId);
    await until(
      () => check(client, eventId, owner),
      ({ state }) => state === 'admitted',
    );
  });

  it('a pass opens its event to its visitor', async () => {
    await until(
      () => visitQueue(owner.jar),
      ({ status }) => status === 200,
    );
  });

  it('a pass opens nothing for another visitor or without a visitor cookie', async () => {
    const pass = owner.jar.get(tokenCookie.pass(eventId)) ?? '';
    const thief = (await standInLine(client, 'drama')).jar;
    thief.set(tokenCookie.pass(eventId), pass);
    expect(thief.get(visitorCookie)).not.toBe(owner.jar.get(visitorCookie));
    expect(await visitQueue(thief)).toEqual({ status: 302, location: `/vwr/${eventId}` });

    const nobody = new CookieJar();
    nobody.set(tokenCookie.pass(eventId), pass);
    expect(await visitQueue(nobody)).toEqual({ status: 302, location: `/vwr/${eventId}` });
  });

  it('a pass opens no other event', async () => {
    const jar = new CookieJar();
    jar.set(visitorCookie, owner.jar.get(visitorCookie) ?? '');
    jar.set(tokenCookie.pass('drama'), owner.jar.get(tokenCookie.pass(eventId)) ?? '');
    expect(await visitQueue(jar, 'drama')).toEqual({ status: 302, location: '/vwr/drama' });
  });

  it('a pass with one changed character opens nothing', async () => {
    const pass = owner.jar.get(tokenCookie.pass(eventId)) ?? '';
    const jar = new CookieJar();
    jar.set(visitorCookie, owner.jar.get(visitorCookie) ?? '');
    const [header, claims, signature = ''] = pass.split('.');
    const flipped = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
    jar.set(tokenCookie.pass(eventId), [header, claims, flipped].join('.'));
    expect(await visitQueue(jar)).toEqual({ status: 302, location: `/vwr/${eventId}` });
  });

  it('a pass is refused as a ticket, and a ticket as a pass', async () => {
    const jar = new CookieJar();
    jar.set(visitorCookie, owner.jar.get(visitorCookie) ?? '');
    jar.set(tokenCookie.pass(eventId), owner.jar.get(tokenCookie.ticket(eventId)) ?? '');
    expect(await visitQueue(jar)).toEqual({ status: 302, location: `/vwr/${eventId}` });
  });

  it('a pass opens nothing in the next generation of its line', async () => {
    await site.events.reset(eventId, 1, { by: 'test', reason: 'the line starts anew' });
    const refused = await until(
      () => visitQueue(owner.jar),
      ({ status }) => status !== 200,
    );
    expect(refused).toEqual({ status: 302, location: `/vwr/${eventId}` });
  });
});

describe('the page of an event', () => {
  it('an event page whose first request is lost repeats it automatically', async () => {
    await site.addEvent('cabaret', { ratePerMinute: 0 });
    const visitor = await openVisitor(browser, site.url);
    visitors.push(visitor);
    await visitor.page.route('**/api/v1/events/cabaret', (route) => route.abort(), { times: 1 });
    await visitor.page.goto('/events/cabaret');
    await visitor.page.locator('#way-in').waitFor();
  });
});

describe('a form on another site', () => {
  it('a form on another site that posts to assign is refused, and the visitor keeps the place', async () => {
    await site.addEvent('puppets', { ratePerMinute: 0 });
    const { page } = await visit('/vwr/puppets');
    expect(await placeOn(page)).toBe(1);
    await standInLine(client, 'puppets');
    const foreign = await page.context().newPage();
    await foreign.goto('about:blank');
    await foreign.setContent(
      `<form method="post" action="${site.url}/vwr-api/vwr/assign/puppets"><button>win</button></form>`,
    );
    await foreign.getByRole('button').click();
    await foreign.getByText('FORBIDDEN').waitFor();
    await page.reload();
    expect(await placeOn(page)).toBe(1);
  });
});

describe('the organizer', () => {
  it('a reset of the line gives an open page a new place and shows it', async () => {
    await site.addEvent('recital', { ratePerMinute: 0 });
    for (let n = 0; n < 3; n += 1) await standInLine(client, 'recital');
    const { page } = await visit('/vwr/recital');
    expect(await placeOn(page)).toBe(4);
    await site.events.reset('recital', 1, { by: 'test', reason: 'the line starts anew' });
    await page.getByText('줄이 새로 시작되어 새 번호를 받았어요.').waitFor();
    expect(await placeOn(page)).toBe(1);
  });

  it('a pause, a message and a sell-out appear on an open page within one poll', async () => {
    await site.addEvent('musical', { ratePerMinute: 0 });
    const { page } = await visit('/vwr/musical');
    await page.getByRole('heading', { name: '순서대로 입장하고 있어요' }).waitFor();
    await site.events.update('musical', { isPaused: true, messageKo: '음향을 점검하고 있어요.' });
    await page.getByRole('heading', { name: '입장이 잠시 멈췄어요' }).waitFor();
    await page.getByText('음향을 점검하고 있어요.').waitFor();
    await site.events.update('musical', { isPaused: false, messageKo: null, isSoldOut: true });
    await page.getByRole('heading', { name: '매진됐어요' }).waitFor();
    expect(await page.getByText('음향을 점검하고 있어요.').count()).toBe(0);
    expect(await placeOn(page)).toBe(1);
  });

  it('a waiting room that is switched off lets its visitors through', async () => {
    await site.addEvent('circus', { ratePerMinute: 0 });
    const { page } = await visit('/vwr/circus');
    await placeOn(page);
    await site.events.update('circus', { isActive: false });
    await page.waitForURL('**/queue/circus');
    await page.getByRole('link', { name: '로그인' }).waitFor();
  });

  it('a closed sale shows that it has ended', async () => {
    await site.addEvent('magic', { ratePerMinute: 0 });
    await site.events.close('magic');
    const { page } = await visit('/vwr/magic');
    await page.getByRole('heading', { name: '판매가 끝났어요' }).waitFor();
  });
});

it('no page logged an error or broke the content security policy', () => {
  expect(visitors.flatMap(({ complaints }) => complaints)).toEqual([]);
});
