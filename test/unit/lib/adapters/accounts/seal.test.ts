import { EncryptJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeSeal } from '#adapters/accounts/seal.ts';
import { cached } from '#adapters/cached.ts';

const nowMs = Date.UTC(2030, 0, 1);
const schema = z.strictObject({ value: z.string() });
const sealWith = (secrets: () => readonly string[], kind = 'refresh', clockMs = () => nowMs) =>
  makeSeal({
    kind,
    schema,
    nowMs: clockMs,
    secrets: cached(async () => secrets(), {
      ttlMs: 60_000,
      refreshGapMs: 0,
      staleMs: 60_000,
      nowMs: clockMs,
    }),
  });
const later = nowMs + 60_000;

describe('a sealed cookie', () => {
  it('opens to the sealed payload, and discloses nothing', async () => {
    const seal = sealWith(() => ['a-secret']);
    const sealed = await seal.seal({ value: 'hidden-thing' }, later);
    expect(await seal.open(sealed)).toEqual({ value: 'hidden-thing' });
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('hidden');
  });

  it('does not open as another kind, under another secret, or after its expiry', async () => {
    const sealed = await sealWith(() => ['a-secret']).seal({ value: 'x' }, later);
    expect(await sealWith(() => ['a-secret'], 'transaction').open(sealed)).toBeUndefined();
    expect(await sealWith(() => ['b-secret']).open(sealed)).toBeUndefined();
    expect(
      await sealWith(
        () => ['a-secret'],
        'refresh',
        () => later + 1000,
      ).open(sealed),
    ).toBeUndefined();
  });

  it('does not open after a change of any one character', async () => {
    const seal = sealWith(() => ['a-secret']);
    const sealed = await seal.seal({ value: 'x' }, later);
    for (let index = 0; index < sealed.length; index += 1) {
      const other = sealed[index] === 'A' ? 'B' : 'A';
      const opened = await seal.open(sealed.slice(0, index) + other + sealed.slice(index + 1));
      // The last character of a part may have bits that base64url does not use: another spelling of the same cookie.
      if (opened !== undefined) expect(['.', undefined]).toContain(sealed[index + 1]);
    }
  });

  it('opens if it was sealed with the current or the previous secret', async () => {
    let secrets = ['first'];
    const seal = sealWith(() => secrets);
    const sealed = await seal.seal({ value: 'x' }, later);
    secrets = ['second', 'first'];
    expect(await seal.open(sealed)).toEqual({ value: 'x' });
  });

  it('opens at once if another process sealed it with a newer secret', async () => {
    let secrets = ['first'];
    const old = sealWith(() => secrets);
    await old.seal({ value: 'warm' }, later);
    secrets = ['second', 'first'];
    const sealed = await sealWith(() => secrets).seal({ value: 'x' }, later);
    expect(await old.open(sealed)).toEqual({ value: 'x' });
  });

  it('with another format or another payload does not open', async () => {
    const foreign = await new EncryptJWT({ p: { value: 'x' } })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: 'urr-refresh+jwe' })
      .setExpirationTime(later / 1000)
      .encrypt(new Uint8Array(32));
    const seal = sealWith(() => ['a-secret']);
    for (const text of [foreign, '', '....', 'a'.repeat(5_000)])
      expect(await seal.open(text)).toBeUndefined();
    const other = makeSeal({
      kind: 'refresh',
      schema: z.strictObject({ other: z.number() }),
      nowMs: () => nowMs,
      secrets: cached(async () => ['a-secret'], {
        ttlMs: 0,
        refreshGapMs: 0,
        staleMs: 0,
        nowMs: () => nowMs,
      }),
    });
    expect(await seal.open(await other.seal({ other: 1 }, later))).toBeUndefined();
  });
});
