import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { announcement, progressGapMs } from '../../../../web/line/announcement.ts';
import { crowdSize, looksOf, slotOf, slotPoint } from '../../../../web/line/crowd-path.ts';
import { initialView, type LineView } from '../../../../web/line/line-view.ts';
import { messages } from '../../../../web/shared/messages.ts';
import { status, ticket } from './fake-line-ports.ts';

describe('the drawn line', () => {
  it('a visitor never moves back in the drawing when fewer people are ahead', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(slotOf(less)).toBeLessThanOrEqual(slotOf(more));
      }),
    );
  });

  it('the last people before the door are drawn one by one, with people behind', () => {
    expect([0, 1, 2, 3, 8].map(slotOf)).toEqual([0, 1, 2, 3, 8]);
    expect(slotOf(Number.MAX_SAFE_INTEGER)).toBeLessThan(crowdSize.people - 1);
  });

  it('all people are drawn inside the picture and apart', () => {
    const points = Array.from({ length: crowdSize.people }, (_, slot) => slotPoint(slot));
    for (const [slot, { x, y }] of points.entries()) {
      expect(x).toBeGreaterThan(10);
      expect(x).toBeLessThan(crowdSize.width - 10);
      expect(y).toBeGreaterThan(20);
      expect(y + looksOf(slot).aside).toBeLessThan(crowdSize.height - 12);
      const before = points[slot - 1];
      if (before) expect(Math.hypot(x - before.x, y - before.y)).toBeGreaterThan(12);
    }
  });
});

describe('the announcements of the waiting page', () => {
  const t = messages.en;
  const waiting: LineView = {
    ...initialView,
    phase: 'waiting',
    ticket: ticket({}),
    status: status({}),
    peopleAhead: 6_000,
  };
  const announced = (last: LineView, view: LineView, sinceMs = 0) =>
    announcement({ view: last, progressAtMs: 0 }, view, sinceMs, t)?.text ?? null;

  it('a join announces the place', () => {
    // One announcement: none before the state of the line is known, and no second one.
    expect(announced(initialView, { ...waiting, status: null })).toBeNull();
    expect(announced(initialView, waiting)).toBe(`${t.openTitle}. 6,000 ahead`);
    expect(announced(waiting, waiting)).toBeNull();
  });

  it('an ordinary poll announces nothing', () => {
    expect(announced(waiting, { ...waiting, peopleAhead: 5_900 }, progressGapMs)).toBeNull();
    expect(announced(waiting, { ...waiting, status: status({ serverTimeMs: 5 }) }, progressGapMs)).toBeNull();
  });

  it('a passed milestone is announced, at most once per 30 s', () => {
    const near = { ...waiting, peopleAhead: 4_000 };
    expect(announced(waiting, near, progressGapMs - 1)).toBeNull();
    expect(announced(waiting, near, progressGapMs)).toBe('4,000 ahead');
    expect(announced(waiting, { ...waiting, peopleAhead: 0 }, progressGapMs)).toBe(t.nextUp);
  });

  it('a pause, the call, a lost and a restored connection are announced at once', () => {
    expect(announced(waiting, { ...waiting, status: status({ state: 'paused' }) })).toBe(t.pausedTitle);
    expect(announced(waiting, { ...waiting, phase: 'called' })).toBe(t.calledTitle);
    expect(announced(waiting, { ...waiting, isReconnecting: true })).toBe(t.reconnecting);
    expect(announced({ ...waiting, isReconnecting: true }, waiting)).toBe(t.reconnected);
  });
});
