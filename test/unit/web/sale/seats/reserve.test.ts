import { beforeEach, describe, expect, it } from 'vitest';
import { holdAnswer } from '../fake-sale-ports.ts';
import { openSale } from '../open-sale.ts';

let { sale, test, views, choosing, held } = openSale();
function open(memory?: Map<string, string>): void {
  ({ sale, test, views, choosing, held } = openSale(memory));
}
const keysOf = () => test.asked('reserve').map(({ options }) => options.headers?.['idempotency-key']);

beforeEach(() => open());

describe('a reserve call', () => {
  it('a hold counts down by the server’s clock', async () => {
    test.setClockOffset(-3_600_000);
    test.replies.reserve = () => ({
      body: holdAnswer({ serverTimeMs: test.serverMs(), expiresAtMs: test.serverMs() + 300_000 }),
    });
    await held();
    expect(sale.view()).toMatchObject({ hold: { fence: 7 }, isEnding: false });
    await test.run(239_000);
    expect(sale.view().isEnding).toBe(false);
    await test.run(1_500);
    expect(sale.view().isEnding).toBe(true);
    expect(views.filter(({ isEnding }, at) => isEnding && !views[at - 1]?.isEnding)).toHaveLength(1);
  });

  it('a request for the best seats is one call', async () => {
    await choosing();
    void sale.reserveBest(3, 'R');
    await test.run(500);
    expect(test.asked('reserve')[0]?.options.body).toEqual({ bestAvailable: { count: 3, grade: 'R' } });
    expect(sale.view().phase).toBe('held');
  });

  it('a reserve call without an answer is repeated with the same key, five times at most', async () => {
    let lost = 2;
    test.replies.reserve = () => {
      lost -= 1;
      return lost >= 0 ? 'lost' : { body: holdAnswer({ serverTimeMs: test.serverMs() }) };
    };
    await choosing();
    void sale.reserveBest(2);
    await test.run(30_000);
    expect(sale.view().phase).toBe('held');
    expect(new Set(keysOf()).size).toBe(1);
    open();
    test.replies.reserve = () => 'lost';
    await choosing();
    void sale.reserveBest(2);
    await test.run(120_000);
    expect(test.asked('reserve')).toHaveLength(5);
    expect(sale.view()).toMatchObject({ phase: 'choosing', notice: { kind: 'lost' } });
  });

  it('a second press or a refresh repeats the unanswered attempt, and another choice starts a new one', async () => {
    test.replies.reserve = () => 'lost';
    await choosing();
    void sale.reserveBest(2);
    await test.run(120_000);
    void sale.reserveBest(2);
    await test.run(120_000);
    const [key] = keysOf();
    expect(new Set(keysOf())).toEqual(new Set([key]));
    open(test.memory);
    sale.start();
    await test.run(1_000);
    expect(keysOf()).toEqual([key]);
    expect(sale.view().phase).toBe('held');
    open();
    test.replies.reserve = () => 'lost';
    await choosing();
    void sale.reserveBest(2);
    await test.run(120_000);
    void sale.reserveBest(3);
    await test.run(1_000);
    expect(new Set(keysOf()).size).toBe(2);
  });

  it('a reserve call refused with 429 is repeated after its Retry-After', async () => {
    let tries = 0;
    test.replies.reserve = () => {
      tries += 1;
      return tries === 1
        ? { code: 'TOO_MANY_REQUESTS', retryAfterSeconds: 7 }
        : { body: holdAnswer({ serverTimeMs: test.serverMs() }) };
    };
    await choosing();
    void sale.reserveBest(2);
    await test.run(6_000);
    expect(tries).toBe(1);
    await test.run(6_000);
    expect(sale.view().phase).toBe('held');
  });

  it('a refusal because the account holds too much is shown and not repeated', async () => {
    test.replies.reserve = () => ({
      code: 'TOO_MANY_REQUESTS',
      retryAfterSeconds: 5,
      details: { reason: 'too-many' },
    });
    await choosing();
    void sale.reserveBest(2);
    await test.run(60_000);
    expect(test.asked('reserve')).toHaveLength(1);
    expect(sale.view()).toMatchObject({ phase: 'choosing', notice: { kind: 'too-many' } });
  });

  it('a refusal because of a taken seat keeps the other seats and shows the taken one at once', async () => {
    test.replies.reserve = () => ({ code: 'SEATS_TAKEN', details: { seatIds: ['A-1-2'] } });
    await choosing();
    test.replies.statuses = () => 'lost';
    sale.toggle('A-1-2');
    sale.toggle('A-1-3');
    void sale.reserve();
    await test.run(300);
    expect(sale.view()).toMatchObject({
      phase: 'choosing',
      choice: { seatIds: ['A-1-3'] },
      notice: { kind: 'taken', seatIds: ['A-1-2'] },
      digits: { A: '0100000000' },
    });
    void sale.reserve();
    await test.run(300);
    expect(new Set(keysOf()).size).toBe(2);
  });

  it('an answer with an expired reservation returns to the map', async () => {
    test.replies.reserve = () => ({
      body: holdAnswer({ serverTimeMs: test.serverMs(), state: 'expired' }),
    });
    await choosing();
    void sale.reserveBest(2);
    await test.run(500);
    expect(sale.view()).toMatchObject({ phase: 'choosing', hold: null, notice: { kind: 'hold-expired' } });
  });

  it('two presses send one reserve call', async () => {
    await choosing();
    sale.toggle('A-1-1');
    void sale.reserve();
    void sale.reserve();
    void sale.reserveBest(2);
    await test.run(500);
    expect(test.asked('reserve')).toHaveLength(1);
  });
});
