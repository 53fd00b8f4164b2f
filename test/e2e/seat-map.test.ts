import { dirname, resolve } from 'node:path';
import { build } from 'esbuild';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { launchBrowser } from './support/browser.ts';

/**
 * The map alone in a real browser: the cost of 20,000 seats. Figures are printed. A shared machine proves no frame
 * rate, so the assertions are on the structure, and on the page's own processor time, with a wide margin.
 */
let browser: Browser;
let page: Page;
let devtools: CDPSession;
const here = resolve(dirname(import.meta.filename));
const seats = 20_000;
/** Far above the measured time, and far below that of a map with an element per seat. */
const generousMs = 100;
const frames = 60;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [resolve(here, 'support/seat-map-harness.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'chrome109',
  });
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1000, height: 720 } });
  await page.setContent('<div id="map" tabindex="0"><canvas></canvas></div>');
  await page.addStyleTag({ content: '#map, canvas { display: block; width: 960px; height: 640px }' });
  await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
  devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
});
afterAll(() => browser?.close());

const times = z.object({ median: z.number(), p95: z.number(), most: z.number() });
/** Returns the processor time of the page so far. */
const taskMs = async () => {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
};
const measure = async (what: 'pan' | 'pan-near' | 'zoom' | 'whole-update' | 'near-update') =>
  times.parse(
    await page.evaluate(([name, n]) => Reflect.get(window, 'seatMap').measure(name, n), [
      what,
      frames,
    ] as const),
  );

describe(`${seats.toLocaleString('en')} seats`, () => {
  it('the map is one canvas without an element per seat', async () => {
    const found = await page.evaluate(() => ({
      seats: Number(Reflect.get(window, 'seatMap').seatCount),
      elements: document.querySelectorAll('*').length,
    }));
    expect(found.seats).toBe(seats);
    expect(found.elements).toBeLessThan(30);
  });

  it.each(['pan', 'pan-near', 'zoom', 'whole-update', 'near-update'] as const)(
    'a frame is painted in time on %s',
    async (what) => {
      const before = await taskMs();
      const { median, p95, most } = await measure(what);
      const frameMs = ((await taskMs()) - before) / frames;
      console.log(
        `seat map, ${what}: median ${median.toFixed(1)} ms, p95 ${p95.toFixed(1)}, most ${most.toFixed(1)}; processor ${frameMs.toFixed(1)}`,
      );
      expect(frameMs).toBeGreaterThan(0);
      expect(frameMs).toBeLessThan(generousMs);
    },
  );

  it('a change of a few statuses repaints these seats and nothing else', async () => {
    const changed = z
      .object({ patched: z.number(), pixels: z.number() })
      .parse(await page.evaluate(() => Reflect.get(window, 'seatMap').patch()));
    // Three seats of 12 pixels, without the other 20,000.
    expect(changed.patched).toBe(3);
    expect(changed.pixels).toBeGreaterThan(30);
    expect(changed.pixels).toBeLessThan(3 * 16 * 16);
  });

  it('a patch paints the same picture as a full painting', async () => {
    expect(await page.evaluate(() => Reflect.get(window, 'seatMap').differenceAfterPatch())).toBeLessThan(40);
  });
});

describe('presses and keys', () => {
  it('a press and keys enter a section and pick a seat, and Tab leaves the map', async () => {
    await page.evaluate(() => Reflect.get(window, 'seatMap').mount());
    const box = await page.locator('canvas').boundingBox();
    if (!box) throw new Error('no canvas');
    const picked = () => page.evaluate(() => Reflect.get(window, 'seatMap').picked.join(' '));
    await page.mouse.click(box.x + box.width / 2, box.y + box.height * 0.8);
    await expect.poll(() => page.evaluate(() => Reflect.get(window, 'seatMap').isStill())).toBe(true);
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    expect(await picked()).toMatch(/^S\d+-\d+-\d+$/);
    await page.locator('#map').focus();
    for (const key of ['Escape', 'Escape', 'ArrowRight', 'Enter', 'ArrowRight', 'Enter'])
      await page.keyboard.press(key);
    expect((await picked()).split(' ')).toHaveLength(2);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.id)).not.toBe('map');
  });
});
