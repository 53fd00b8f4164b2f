import { describe, expect, it } from 'vitest';
import { publicHalves } from '#adapters/access/key-source.ts';
import type { EdgeConfig } from '#contract/edge-config.ts';
import type { UrrEvent } from '#contract/event.ts';
import { UrrError } from '#core/errors.ts';
import type { InvalidEvent, LiveEvents } from '#core/events/ports.ts';
import { total } from '#core/line/position.ts';
import { initialServing } from '#core/line/serving.ts';
import type { AdvancerDeps } from '../../../../functions/counter-advancer/deps.ts';
import { makeHandler } from '../../../../functions/counter-advancer/handler.ts';
import { createMemoryLine } from '../../../support/line/memory-line.ts';
import { countingTelemetry, fixedKeys, testEvent } from '../../../support/line/vwr-api.ts';

const startMs = 1_750_000_000_000 - (1_750_000_000_000 % 60_000);

const signIn = { issuer: 'https://id.example', clientId: 'site', keys: [] };

/** An advancer on a virtual clock, over storage in memory. */
async function world(options: { events?: UrrEvent[]; cycleMs?: number } = {}) {
  let nowMs = startMs;
  let published: EdgeConfig | undefined;
  let puts = 0;
  const memory = createMemoryLine();
  const telemetry = countingTelemetry();
  const live: { events: UrrEvent[]; drafts: UrrEvent[]; invalid: InvalidEvent[]; isTruncated: boolean } = {
    events: options.events ?? [testEvent({ eventId: 'sale' })],
    drafts: [],
    invalid: [],
    isTruncated: false,
  };
  const deps: AdvancerDeps = {
    events: { listLive: async (): Promise<LiveEvents> => live },
    lastGood: { keep: async () => undefined },
    counters: memory.counters,
    edgeConfig: {
      get: async () => published,
      put: async (config) => {
        puts += 1;
        published = config;
      },
    },
    keys: publicHalves(await fixedKeys(startMs)),
    issuer: 'urr',
    signIn: async () => signIn,
    cycleMs: options.cycleMs ?? 10_000,
    telemetry,
    nowMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
    },
  };
  const line = { eventId: 'sale', generation: 1 };
  return {
    deps,
    memory,
    telemetry,
    live,
    line,
    published: () => published,
    puts: () => puts,
    now: () => nowMs,
    setNow: (ms: number) => {
      nowMs = ms;
    },
    invoke: (more: Partial<AdvancerDeps> = {}, remainingMs = 90_000) =>
      makeHandler({ ...deps, ...more })({}, { getRemainingTimeInMillis: () => remainingMs }),
    join: async (count: number, eventId = 'sale') => {
      for (let i = 0; i < count; i += 1) await memory.counters.allocate({ eventId, generation: 1 }, 0);
    },
    called: async (eventId = 'sale') =>
      total((await memory.counters.serving({ eventId, generation: 1 }, 'latest'))?.serving ?? []),
  };
}

describe('one invocation', () => {
  it('runs a cycle at once and one per ten seconds, and ends before the next minute’s begins', async () => {
    const { invoke, join, called, now, setNow } = await world();
    setNow(startMs + 23_000);
    await join(10_000);
    await invoke();
    // The cycle at :23 creates the line. People wait in it, so it advances each second until :22.
    expect(await called()).toBe(59 * 50);
    expect(now()).toBe(startMs + 82_000);
  });

  it('advances the line at its rate, minute after minute', async () => {
    const { invoke, join, called, setNow } = await world();
    await join(20_000);
    for (let minute = 0; minute < 5; minute += 1) {
      setNow(startMs + minute * 60_000 + 1_500);
      await invoke();
    }
    expect(await called()).toBeGreaterThanOrEqual(5 * 3000 - 1000);
    expect(await called()).toBeLessThanOrEqual(5 * 3000);
  });

  it('ends in time if Lambda’s time is short', async () => {
    const { invoke, now } = await world();
    await invoke({}, 25_000);
    expect(now()).toBe(startMs + 10_000);
  });

  it('is bounded even with a stopped clock', async () => {
    const { invoke } = await world();
    let lists = 0;
    await invoke({
      sleep: async () => {},
      events: {
        listLive: async () => {
          lists += 1;
          return { events: [], drafts: [], invalid: [], isTruncated: false };
        },
      },
    });
    expect(lists).toBe(1);
  });

  it('with shorter cycles calls as many people, in smaller steps', async () => {
    const { invoke, join, called } = await world({ cycleMs: 1000 });
    await join(10_000);
    await invoke();
    expect(await called()).toBe(59 * 50);
  });
});

describe('a failure stops nothing else', () => {
  it('one event with a failing storage is counted, and the others advance', async () => {
    const events = ['a', 'sick', 'b'].map((eventId) => testEvent({ eventId }));
    const { invoke, join, called, memory, telemetry } = await world({ events });
    for (const eventId of ['a', 'b', 'sick']) await join(10, eventId);
    const issued = memory.counters.issued;
    const counters = {
      ...memory.counters,
      issued: (line: { eventId: string; generation: number }, shards: number) =>
        line.eventId === 'sick' ? Promise.reject(new Error('away')) : issued(line, shards),
    };
    await invoke({ counters });
    expect([await called('a'), await called('b'), await called('sick')]).toEqual([10, 10, 0]);
    expect(telemetry.counts.get('CycleFailures')).toBe(6);
  });

  it('a cycle that cannot list the events is counted, and the next one runs', async () => {
    const { invoke, join, called, deps, telemetry } = await world();
    await join(10_000);
    let lists = 0;
    await invoke({
      events: {
        listLive: () => {
          lists += 1;
          return lists === 2 ? Promise.reject(new Error('away')) : deps.events.listLive();
        },
      },
    });
    expect(telemetry.counts.get('CycleFailures')).toBe(1);
    // The next cycle makes up for the missed one.
    expect(await called()).toBe(59 * 50);
  });

  it('an unavailable bucket does not stop the line, nor a line the flags', async () => {
    const { invoke, join, called, deps, telemetry } = await world();
    await join(100);
    await invoke({ edgeConfig: { ...deps.edgeConfig, put: () => Promise.reject(new Error('away')) } });
    expect(await called()).toBe(100);
    expect(telemetry.counts.get('CycleFailures')).toBe(6);
    const other = await world();
    await other.invoke({
      counters: { ...other.deps.counters, serving: () => Promise.reject(new Error('away')) },
    });
    expect(other.published()?.events.sale?.gated).toBe(true);
  });

  it('an unavailable OpenID provider stops neither the line nor the flags', async () => {
    const { invoke, published } = await world();
    const away = async () => {
      throw new UrrError('UNAVAILABLE', 'away');
    };
    await invoke({ signIn: away });
    expect(published()?.events.sale?.gated).toBe(true);
    expect(published()?.signIn).toBeUndefined();
    await invoke();
    expect(published()?.signIn).toEqual(signIn);
    await invoke({ signIn: away });
    expect(published()?.signIn).toEqual(signIn);
  });

  it('an item broken in the console is reported, keeps its published state, and stops no other', async () => {
    const events = ['sale', 'other'].map((eventId) => testEvent({ eventId }));
    const { invoke, live, published, telemetry } = await world({ events });
    await invoke();
    live.events = events.filter(({ eventId }) => eventId === 'other');
    const problem = { attribute: 'ratePerMinute', problem: 'expected number', value: '"3000"' };
    live.invalid = [{ eventId: 'sale', problems: [problem], unusableSince: undefined, runsOn: undefined }];
    await invoke();
    expect(published()?.events.sale).toEqual({ generation: 1, gated: true, mode: 'both' });
    expect(telemetry.counts.get('EventItemInvalid')).toBe(6);
    expect(telemetry.lines.join('\n')).toContain('ratePerMinute: expected number (it is \\"3000\\")');
  });
});

describe('two concurrent advancers', () => {
  it('call no visitor twice and do not raise the rate, however their steps interleave', async () => {
    const { invoke, join, called, telemetry } = await world();
    await join(10_000);
    await Promise.all([invoke(), invoke(), invoke()]);
    expect(await called()).toBe(59 * 50);
    expect(telemetry.counts.get('Called')).toBe(59 * 50);
  });
});

describe('the flags', () => {
  it('reach the edge in the next cycle, and an unchanged configuration is not written again', async () => {
    const { invoke, live, published, puts } = await world();
    await invoke();
    expect(puts()).toBe(1);
    live.events = [testEvent({ eventId: 'sale', isActive: false })];
    await invoke({}, 6_000);
    expect(published()?.events.sale?.gated).toBe(false);
  });

  it('replace a configuration that another writer put into the bucket within a cycle', async () => {
    const { invoke, deps, published } = await world();
    await invoke();
    const good = published();
    if (good === undefined) throw new Error('nothing was published');
    await deps.edgeConfig.put({ ...good, events: {} });
    await invoke({}, 6_000);
    expect(published()?.events).toEqual(good.events);
  });
});

describe('the closed loop', () => {
  it('applies from the first published capacity, and stays in force when publishing stops', async () => {
    const { invoke, join, called, memory, line, telemetry, now, deps } = await world({
      events: [testEvent({ eventId: 'sale', threshold: 60 })],
    });
    await join(10_000);
    await memory.counters.createServing(line, initialServing(1, startMs));
    memory.setCapacity(line, { free: 40, active: 20, queued: 0, arrived: 0, updatedAtMs: now() });
    const calledAt: number[] = [];
    const sleep = async (ms: number) => {
      await deps.sleep(ms);
      calledAt.push(await called());
    };
    // The invocation ends before the next cycle, at :10.
    await invoke({ sleep }, 14_000);
    // 40 free places and a buffer of 10. After six seconds no called visitor has come, and most still may.
    expect(calledAt).toEqual([0, 50, 50, 50, 50, 50, 50, 50]);
    await invoke();
    expect(telemetry.counts.get('CapacityStale')).toBeGreaterThan(0);
    const before = await called();
    await invoke();
    expect(await called()).toBe(before);
  });

  it('gives a free place to a visitor within a second, not a cycle later', async () => {
    const { invoke, join, called, memory, line, deps, setNow } = await world({
      events: [testEvent({ eventId: 'sale', threshold: 60 })],
    });
    await join(1_000);
    await memory.counters.createServing(line, initialServing(1, startMs));
    const tell = (leavers: number) =>
      memory.setCapacity(line, {
        free: leavers,
        active: 60 - leavers,
        queued: 0,
        arrived: 0,
        updatedAtMs: deps.nowMs(),
      });
    tell(0);
    setNow(startMs + 1_000);
    let before = 0;
    const calledAfter: number[] = [];
    // The invocation ends before the next cycle, at :10.
    await invoke(
      {
        sleep: async (ms) => {
          await deps.sleep(ms);
          calledAfter.push((await called()) - before);
          before = await called();
          tell(deps.nowMs() === startMs + 5_000 ? 20 : 0);
        },
      },
      14_000,
    );
    // Woken at :02 … :08: the calls of each second are visible at the next waking.
    expect(calledAfter.slice(1, 4)).toEqual([0, 0, 0]);
    expect(calledAfter[4]).toBeGreaterThanOrEqual(20);
  });

  it('calls in the first second of the opening as many as tier 2 takes, though the cycle is later', async () => {
    const opensAt = new Date(startMs + 15_000).toISOString();
    const events = [testEvent({ eventId: 'sale', threshold: 60, ratePerMinute: 600, opensAt })];
    const { invoke, join, called, memory, line, deps } = await world({ events });
    await join(1_000);
    await memory.counters.createServing(line, initialServing(1, startMs));
    const calledBy = new Map<number, number>();
    await invoke({
      sleep: async (ms) => {
        calledBy.set((deps.nowMs() - startMs) / 1000, await called());
        memory.setCapacity(line, {
          free: 60,
          active: 0,
          queued: 0,
          arrived: 0,
          updatedAtMs: deps.nowMs(),
        });
        await deps.sleep(ms);
      },
    });
    expect(calledBy.get(14)).toBe(0);
    expect(calledBy.get(15)).toBe(70);
  });

  it('does not apply to an event without tier 2', async () => {
    const events = [testEvent({ eventId: 'sale', mode: 'waiting-room' })];
    const { invoke, join, called, memory, line, now } = await world({ events });
    await join(10_000);
    memory.setCapacity(line, { free: 0, active: 0, queued: 0, updatedAtMs: now() });
    await invoke();
    expect(await called()).toBe(59 * 50);
  });
});
