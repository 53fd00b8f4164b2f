import { describe, expect, it } from 'vitest';
import { routeTree } from '../../../edge/shared/tree.ts';
import { makeConfigSource, refreshAfterMs, retryAfterMs } from '../../../edge/token-gate/config-source.ts';
import { makeHandler } from '../../../edge/token-gate/handler.ts';
import { type ReadyConfig, readyConfig } from '../../../edge/token-gate/ready-config.ts';
import { originEvent } from '../../support/access/edge-events.ts';
import { readAnswer, tokenGate } from '../../support/access/edge-functions.ts';
import { cookieHeader, makeEdgeKit, makeKeyPair } from '../../support/access/edge-kit.ts';

const kit = makeEdgeKit();

/** A source with scripted results: a configuration or a failure, each with its number. */
async function scripted() {
  const [good, fallback] = [readyConfig(kit.config, true), readyConfig(kit.config, false)];
  const state = { nowMs: 0, loads: 0, failures: 0, isBroken: false, hold: Promise.resolve() };
  const source = makeConfigSource({
    load: async (): Promise<ReadyConfig> => {
      state.loads += 1;
      await state.hold;
      if (state.isBroken) throw new Error('S3 is away');
      return good;
    },
    fallback,
    nowMs: () => state.nowMs,
    onFailure: () => {
      state.failures += 1;
    },
  });
  return { state, source };
}

describe("the gate's copy of its configuration", () => {
  it('a read is used for five seconds, then the next one follows', async () => {
    const { state, source } = await scripted();
    await source.current('a');
    state.nowMs = refreshAfterMs - 1;
    await source.current('a');
    expect(state.loads).toBe(1);
    state.nowMs = refreshAfterMs;
    await source.current('a');
    expect(state.loads).toBe(2);
  });

  it('a crowd that arrives during a read shares it', async () => {
    const { state, source } = await scripted();
    let release = () => {};
    state.hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    const crowd = Array.from({ length: 100 }, () => source.current('a'));
    release();
    expect((await Promise.all(crowd)).every(({ isRead }) => isRead)).toBe(true);
    expect(state.loads).toBe(1);
  });

  it('after a failed read the last good copy is used, and the next attempt follows after a second', async () => {
    const { state, source } = await scripted();
    await source.current('a');
    state.isBroken = true;
    for (state.nowMs = refreshAfterMs; state.nowMs < refreshAfterMs + 10 * retryAfterMs; state.nowMs += 100) {
      expect((await source.current('a')).isRead).toBe(true);
    }
    expect(state.failures).toBe(10);
    state.isBroken = false;
    await source.current('a');
    expect(state.loads).toBe(12);
  });

  it('before the first successful read the bundled fallback is used, which admits no request', async () => {
    const { state, source } = await scripted();
    state.isBroken = true;
    for (let count = 0; count < 50; count += 1) expect((await source.current('a')).isRead).toBe(false);
    expect(state.loads).toBe(1);
  });

  it('a flood of unknown keys causes at most one read per interval', async () => {
    const { state, source } = await scripted();
    await source.current('a');
    for (state.nowMs = 1000; state.nowMs < 1000 + 4 * refreshAfterMs; state.nowMs += 10)
      await source.renewed('a');
    expect(state.loads).toBeLessThanOrEqual(9);
    expect(state.failures).toBe(0);
  });
});

describe('a key after its rotation', () => {
  it('a token with a key that the copy lacks is verified against a newer copy', async () => {
    const old = { ...kit.config, keys: [makeKeyPair('key-0').publicJwk] };
    let [nowMs, loads] = [kit.nowMs, 0];
    const gate = makeHandler({
      tree: routeTree,
      load: async () => {
        loads += 1;
        return readyConfig(loads === 1 ? old : kit.config, true);
      },
      nowMs: () => nowMs,
      log: () => {},
    });
    const event = originEvent({
      method: 'GET',
      target: '/queue/spring-show',
      headers: [['cookie', cookieHeader(kit, { pass: kit.pass() })]],
    });
    expect(readAnswer(await gate(event)).status).toBe(302);
    nowMs += retryAfterMs;
    expect(readAnswer(await gate(event)).status).toBe(0);
    expect(loads).toBe(2);
  });

  it('two keys are valid in parallel during a rotation', async () => {
    const config = { ...kit.config, keys: [makeKeyPair('key-0').publicJwk, ...kit.config.keys] };
    const event = originEvent({
      method: 'GET',
      target: '/queue/spring-show',
      headers: [['cookie', cookieHeader(kit, { pass: kit.pass() })]],
    });
    expect(readAnswer(await tokenGate(config, kit.nowMs)(event)).status).toBe(0);
  });
});
