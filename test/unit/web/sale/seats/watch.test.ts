import { beforeEach, describe, expect, it } from 'vitest';
import { eventId, statuses } from '../fake-sale-ports.ts';
import { openSale } from '../open-sale.ts';

let { sale, test, views, choosing, held } = openSale();
function open(memory?: Map<string, string>): void {
  ({ sale, test, views, choosing, held } = openSale(memory));
}

beforeEach(() => open());

describe('the statuses of the seats', () => {
  it('the page polls the statuses within two seconds, by event, with one request at a time', async () => {
    test.latencyMs = 250;
    sale.start();
    await test.run(60_000);
    const asked = test.asked('statuses');
    expect(asked.length).toBeGreaterThan(50);
    expect(asked.length).toBeLessThan(80);
    expect(test.mostAtOnce('statuses')).toBe(1);
    expect(asked.every(({ options }) => options.headers?.['x-urr-event'] === eventId)).toBe(true);
    expect(test.asked('layout')).toHaveLength(1);
  });

  it('an older status than the one shown is dropped, so no seat flickers', async () => {
    const answers = [
      statuses({ asOfMs: 2_000, A: '1000000000' }),
      statuses({ asOfMs: 1_000, A: '0000000000' }),
    ];
    test.replies.statuses = () => ({ body: answers.shift() ?? statuses({ asOfMs: 2_000, A: '1000000000' }) });
    sale.start();
    await test.run(10_000);
    expect(views.flatMap(({ digits }) => digits.A ?? [])).not.toContain('0000000000');
  });

  it('a status with a new layout revision loads the new layout', async () => {
    await choosing();
    test.replies.statuses = () => ({ body: statuses({ asOfMs: test.nowMs(), layoutRevision: 2 }) });
    test.replies.layout = () => ({
      body: {
        eventId,
        revision: 2,
        sections: [
          { kind: 'standing', id: 'ST', name: { ko: '', en: '' }, grade: 'S', priceKrw: 1, capacity: 3 },
        ],
      },
    });
    await test.run(5_000);
    expect(sale.view().map?.layout.revision).toBe(2);
  });

  it('polls slow down during an outage and return to their interval after it', async () => {
    await choosing();
    test.replies.statuses = () => ({ code: 'UNAVAILABLE' });
    await test.run(60_000);
    const during = test.asked('statuses').length;
    expect(during).toBeLessThan(10);
    expect(sale.view().isReconnecting).toBe(true);
    test.replies.statuses = () => ({ body: statuses({ asOfMs: test.nowMs() }) });
    await test.run(40_000);
    expect(sale.view().isReconnecting).toBe(false);
    expect(test.asked('statuses').length).toBeGreaterThan(during + 5);
  });

  it('a hidden page and a page with a hold poll no statuses', async () => {
    await choosing();
    sale.sleep();
    const asleep = test.asked('statuses').length;
    await test.run(60_000);
    expect(test.asked('statuses')).toHaveLength(asleep);
    sale.wake();
    await test.run(5_000);
    expect(test.asked('statuses').length).toBeGreaterThan(asleep);
    open();
    await held();
    const before = test.asked('statuses').length;
    await test.run(20_000);
    expect(test.asked('statuses')).toHaveLength(before);
  });
});
