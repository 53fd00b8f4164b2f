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
  it('opens to what was sealed, and says nothing to anyone else', async () => {
    const seal = sealWith(() => ['a-secret']);
    const sealed = await seal.seal({ value: 'hidden-thing' }, later);
    expect(await seal.open(sealed)).toEqual({ value: 'hidden-thing' });
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('hidden');
  });

  it('does not open as another kind, under another secret, or after its time', async () => {
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

  it('does not open with any one character changed', async () => {
    const seal = sealWith(() => ['a-secret']);
    const sealed = await seal.seal({ value: 'x' }, later);
    for (let index = 0; index < sealed.length; index += 1) {
      const other = sealed[index] === 'A' ? 'B' : 'A';
      const opened = await seal.open(sealed.slice(0, index) + other + sealed.slice(index + 1));
      // The last character of a part may carry bits that base64url does not use: the same cookie, spelt otherwise.
      if (opened !== undefined) expect(['.', undefined]).toContain(sealed[index + 1]);
    }
  });

  it('opens while either the current or the previous secret is the one it was sealed with', async () => {
    let secrets = ['first'];
    const seal = sealWith(() => secrets);
    const sealed = await seal.seal({ value: 'x' }, later);
    secrets = ['second', 'first'];
    expect(await seal.open(sealed)).toEqual({ value: 'x' });
  });

  it('sealed by a copy of the function that knows a newer secret opens at once', async () => {
    let secrets = ['first'];
    const old = sealWith(() => secrets);
    await old.seal({ value: 'warm' }, later);
    secrets = ['second', 'first'];
    const sealed = await sealWith(() => secrets).seal({ value: 'x' }, later);
    expect(await old.open(sealed)).toEqual({ value: 'x' });
  });

  it('of another make, or with a payload of another shape, does not open', async () => {
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
