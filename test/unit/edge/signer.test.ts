import { describe, expect, it } from 'vitest';
import { newPrivateKey } from '#adapters/access/new-key.ts';
import { createTokenSigner } from '#adapters/access/sign.ts';
import type { EdgeConfig } from '#contract/edge-config.ts';
import { type KeySet, publicKeys } from '#core/access/signing-keys.ts';
import { originEvent } from '../../support/access/edge-events.ts';
import { readAnswer, tokenGate } from '../../support/access/edge-functions.ts';
import { cookieHeader, makeEdgeKit } from '../../support/access/edge-kit.ts';

describe('the gate, which shares no code with the signer', () => {
  const kit = makeEdgeKit();

  it('admits passes and entry tokens of the signer by the published keys', async () => {
    const key = {
      kid: 'k-2026',
      privateJwk: await newPrivateKey(),
      createdAtMs: kit.nowMs,
      signFromMs: kit.nowMs,
    };
    const keySet: KeySet = { keys: [key] };
    const signer = createTokenSigner({
      keys: { get: async () => keySet, refresh: async () => keySet },
      issuer: kit.config.issuer,
      nowMs: () => kit.nowMs,
    });
    const config: EdgeConfig = { ...kit.config, keys: publicKeys(keySet) };
    const claims = { aud: kit.eventId, sub: kit.visitorSubject, gen: kit.generation };
    const jti = '0d3ad5a5-6d9b-4e6b-9a1e-6f3f8f6f2b11';
    const pass = await signer.pass({ ...claims, jti, shard: 3, seq: 12 });
    const entry = await signer.entry({ ...claims, sub: `u.${kit.account}`, jti });
    const ticket = await signer.ticket({ ...claims, jti, shard: 3, seq: 12 });
    const gate = tokenGate(config, kit.nowMs);
    const status = async (target: string, tokens: { pass?: string; entry?: string }) => {
      const headers: [string, string][] = [['cookie', cookieHeader(kit, tokens)]];
      return readAnswer(await gate(originEvent({ method: 'GET', target, headers }))).status;
    };
    expect(await status('/queue/spring-show', { pass: pass.token })).toBe(0);
    expect(await status('/seats/spring-show', { entry: entry.token })).toBe(0);
    expect(await status('/queue/spring-show', { pass: ticket.token })).toBe(302);
    expect(await status('/seats/spring-show', { entry: pass.token })).toBe(302);
  });
});
