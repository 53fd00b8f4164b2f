import { beforeEach, describe, expect, it } from 'vitest';
import { en } from '../../../../../web/sale/seats/words-en.ts';
import { ko } from '../../../../../web/sale/seats/words-ko.ts';
import { event, holdAnswer } from '../fake-sale-ports.ts';
import { openSale } from '../open-sale.ts';

let { sale, test, choosing } = openSale();
function open(memory?: Map<string, string>): void {
  ({ sale, test, choosing } = openSale(memory));
}

beforeEach(() => open());

describe('the limit of seats per account', () => {
  const mine =
    (seatIds: string[], state = 'confirmed') =>
    () => ({
      body: { reservations: [holdAnswer({ state, seatIds })], serverTimeMs: test.serverMs() },
    });
  const capped = () => {
    test.replies.event = () => ({ body: { ...event, seatsPerAccount: 3 } });
  };

  it('a choice takes at most the seats that the account has left', async () => {
    capped();
    test.replies.mine = mine(['A-2-1', 'A-2-2']);
    await choosing();
    expect(sale.view().seatsLeft).toBe(1);
    expect(sale.toggle('A-1-2')).toBe('added');
    expect(sale.toggle('A-1-3')).toBe('full');
  });

  it('an event without the limit reads no reservations, and cancelled ones do not count', async () => {
    await choosing();
    expect(test.asked('mine')).toHaveLength(0);
    open();
    capped();
    test.replies.mine = mine(['A-2-1', 'A-2-2'], 'cancelled');
    await choosing();
    expect(sale.view().seatsLeft).toBe(3);
  });

  it('a refusal by the limit shows the seats left, and the next choice is limited to them', async () => {
    test.replies.reserve = () => ({ code: 'SEATS_PER_ACCOUNT', details: { seatsPerAccount: 3, left: 1 } });
    await choosing();
    sale.toggle('A-1-2');
    sale.toggle('A-1-3');
    void sale.reserve();
    await test.run(500);
    expect(sale.view()).toMatchObject({ phase: 'choosing', seatsLeft: 1, notice: { kind: 'account-full' } });
    expect(ko.accountLeft(1)).toContain('1석');
    expect(en.accountLeft(0)).toContain('already');
    sale.toggle('A-1-2');
    expect(sale.toggle('A-1-3')).toBe('full');
  });
});
