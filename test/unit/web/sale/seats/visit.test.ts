import { beforeEach, describe, expect, it } from 'vitest';
import { checkoutUrl, statuses } from '../fake-sale-ports.ts';
import { openSale } from '../open-sale.ts';

let { sale, test, choosing, held } = openSale();

beforeEach(() => {
  ({ sale, test, choosing, held } = openSale());
});

describe('a heartbeat', () => {
  it('a shopper’s page sends a heartbeat every 30 s until the event has no queue', async () => {
    await held();
    await test.run(120_000);
    const beats = test.asked('heartbeat').length;
    expect(beats).toBeGreaterThanOrEqual(4);
    expect(beats).toBeLessThanOrEqual(5);
    test.replies.heartbeat = () => ({ code: 'WAITING_ROOM_INACTIVE' });
    await test.run(100_000);
    expect(test.asked('heartbeat')).toHaveLength(beats + 1);
  });
});

describe('a shopper outside after Redis lost its data', () => {
  const inLine = () => ({ body: { state: 'waiting', nextPoll: 1 } });

  it('a shopper without a hold goes to the queue page, which explains why', async () => {
    await choosing();
    test.replies.heartbeat = inLine;
    await test.run(31_000);
    expect(test.went).toEqual(['/queue/spring']);
    expect(test.memory.get('urr.inside.spring')).toBe('1');
    expect(test.beacons).toEqual([]);
  });

  it('a shopper with a hold keeps it and sees a notice, and goes to the queue page after a release', async () => {
    await held();
    test.replies.heartbeat = inLine;
    await test.run(31_000);
    expect(sale.view()).toMatchObject({ phase: 'held', notice: { kind: 'outside' } });
    expect(test.went).toEqual([]);
    // More often than inside, so that the shopper does not miss the turn.
    expect(test.asked('heartbeat').length).toBeGreaterThan(2);
    test.replies.statuses = () => ({ body: statuses({}) });
    void sale.release();
    await test.run(5_000);
    expect(test.went).toEqual(['/queue/spring']);
  });

  it('a shopper who is inside again can pay', async () => {
    await held();
    test.replies.heartbeat = inLine;
    await test.run(31_000);
    test.replies.heartbeat = () => ({ body: { state: 'admitted', nextPoll: 30 } });
    await test.run(31_000);
    void sale.pay();
    await test.run(1_000);
    expect(test.went).toEqual([checkoutUrl]);
  });
});

describe('a closed page', () => {
  it('a closed page without a hold gives its place inside back', async () => {
    await choosing();
    sale.reportClosed();
    expect(test.beacons).toEqual(['/api/v1/queue/away/spring']);
  });

  it('a page that closes on the way to the provider keeps the place inside', async () => {
    await held();
    sale.reportClosed();
    void sale.pay();
    await test.run(1_000);
    sale.reportClosed();
    expect(test.beacons).toEqual([]);
  });

  it('a page that opens again sends a heartbeat at once', async () => {
    sale.start();
    await test.run(200);
    expect(test.asked('heartbeat')).toHaveLength(1);
  });
});
