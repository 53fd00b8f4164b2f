import { describe, expect, it } from 'vitest';
import { eventState, hasWaitingRoom, nextPagePath } from '#core/events/state.ts';

const nowMs = Date.parse('2026-06-01T10:00:00Z');
const open = { isDraft: false, onSale: 'live', isActive: true, isSoldOut: false, isPaused: false } as const;

describe('the state of an event', () => {
  it.each([
    ['open', {}],
    ['paused', { isPaused: true }],
    ['upcoming', { opensAt: '2026-06-01T19:00:01+09:00' }],
    ['open', { opensAt: '2026-06-01T19:00:00+09:00' }],
    ['upcoming', { opensAt: '2026-06-02T00:00:00Z', isPaused: true }],
    ['sold-out', { isSoldOut: true, isPaused: true }],
    ['inactive', { isActive: false, isSoldOut: true }],
    ['closed', { onSale: undefined, isActive: true }],
    ['draft', { isDraft: true }],
    ['draft', { isDraft: true, onSale: undefined, isActive: false }],
  ] as const)('is %s with %j', (state, flags) => {
    expect(eventState({ ...open, ...flags }, nowMs)).toBe(state);
  });

  it('only an active event with tier 1 has a waiting room', () => {
    expect(hasWaitingRoom({ ...open, mode: 'both' }, nowMs)).toBe(true);
    expect(hasWaitingRoom({ ...open, mode: 'waiting-room', isPaused: true }, nowMs)).toBe(true);
    expect(hasWaitingRoom({ ...open, mode: 'queue' }, nowMs)).toBe(false);
    expect(hasWaitingRoom({ ...open, mode: 'both', isActive: false }, nowMs)).toBe(false);
    // A draft admits no visitor, even if its state is ever read.
    expect(hasWaitingRoom({ ...open, mode: 'both', isActive: false, isDraft: true }, nowMs)).toBe(true);
  });

  it('the page after the waiting room is the queue, if the event has one', () => {
    expect(nextPagePath('e', 'both')).toBe('/queue/e');
    expect(nextPagePath('e', 'queue')).toBe('/queue/e');
    expect(nextPagePath('e', 'waiting-room')).toBe('/seats/e');
  });
});
