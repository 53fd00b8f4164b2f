import { describe, expect, it } from 'vitest';
import { eventSchema } from '#contract/event.ts';
import { composeEdgeConfig, republishAfterMs, shouldPublish } from '#core/access/edge-config.ts';

const nowMs = 1_750_000_000_000;
const event = (eventId: string, more: object = {}) =>
  eventSchema.parse({
    eventId,
    onSale: 'live',
    isActive: true,
    titleKo: '공연',
    titleEn: 'Show',
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
    ...more,
  });
const key = {
  kty: 'EC',
  crv: 'P-256',
  x: 'x'.repeat(43),
  y: 'y'.repeat(43),
  kid: 'k1',
  alg: 'ES256',
  use: 'sig',
} as const;
const compose = (more: Partial<Parameters<typeof composeEdgeConfig>[0]> = {}) =>
  composeEdgeConfig({
    events: [event('a'), event('b', { isActive: false, generation: 3, mode: 'waiting-room' })],
    invalidEventIds: [],
    keys: [key],
    issuer: 'urr',
    signIn: undefined,
    previous: undefined,
    nowMs,
    ...more,
  });

describe('the edge configuration', () => {
  it('has generation, mode and waiting room of each live event', () => {
    expect(compose().events).toEqual({
      a: { generation: 1, gated: true, mode: 'both' },
      b: { generation: 3, gated: false, mode: 'waiting-room' },
    });
  });

  it('keeps the published state of an event with a broken item, and the others continue', () => {
    const previous = compose();
    const next = compose({ events: [event('b')], invalidEventIds: ['a', 'never-seen'], previous });
    expect(next.events.a).toEqual(previous.events.a);
    expect(next.events.b?.gated).toBe(true);
    expect(Object.keys(next.events)).toEqual(['a', 'b']);
  });

  it('contains nothing of a broken event whose id is the name of an object property', () => {
    const next = compose({ invalidEventIds: ['constructor'], previous: compose() });
    expect(Object.hasOwn(next.events, 'constructor')).toBe(false);
  });

  it('keeps the published sign-in keys during an outage of the OpenID provider', () => {
    const signIn = { issuer: 'https://id.example', clientId: 'site', keys: [] };
    const previous = compose({ signIn });
    expect(previous.signIn).toEqual(signIn);
    expect(compose({ previous }).signIn).toEqual(signIn);
    expect(compose({ previous, signIn: { ...signIn, clientId: 'new' } }).signIn?.clientId).toBe('new');
  });

  it('treats an event with the name of an object property as any other event', () => {
    const { events } = compose({ events: [event('constructor')] });
    expect(Object.entries(events)).toEqual([['constructor', { generation: 1, gated: true, mode: 'both' }]]);
  });

  it('keeps its published keys if the key set is empty', () => {
    expect(compose({ keys: [], previous: compose() }).keys).toEqual([key]);
    expect(compose({ keys: [] }).keys).toEqual([]);
  });

  it('is published if it differs or a minute has passed, and not otherwise', () => {
    const previous = compose();
    const later = (ms: number, more: object = {}) => compose({ nowMs: nowMs + ms, previous, ...more });
    expect(shouldPublish(undefined, previous)).toBe(true);
    expect(shouldPublish(previous, later(10_000))).toBe(false);
    expect(shouldPublish(previous, later(10_000, { events: [event('a')] }))).toBe(true);
    expect(shouldPublish(previous, later(republishAfterMs))).toBe(true);
  });

  it('does not depend on the order in which events are read', () => {
    const previous = compose();
    const reordered = compose({
      events: [event('b', { isActive: false, generation: 3, mode: 'waiting-room' }), event('a')],
    });
    expect(shouldPublish(previous, reordered)).toBe(false);
  });

  it('of a late advancer never replaces a later one', () => {
    const newer = compose({ nowMs: nowMs + 5000 });
    expect(shouldPublish(newer, compose({ events: [] }))).toBe(false);
  });
});
