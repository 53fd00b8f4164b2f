import { describe, expect, it } from 'vitest';
import { newPrivateKey } from '#adapters/access/new-key.ts';
import {
  type KeySet,
  keysMax,
  publicKeys,
  rotateKeys,
  signDelayMs,
  signingKey,
} from '#core/access/signing-keys.ts';

const startMs = 1_750_000_000_000;
const dayMs = 86_400_000;
const privateJwk = await newPrivateKey();
const empty: KeySet = { keys: [] };
const rotate = (keySet: KeySet, kid: string, atMs: number) => rotateKeys(keySet, atMs, { kid, privateJwk });
const kids = ({ keys }: KeySet) => keys.map(({ kid }) => kid);

describe('key rotation', () => {
  it('lets the first key sign at once, because no token exists', () => {
    expect(signingKey(rotate(empty, 'a', startMs), startMs)?.kid).toBe('a');
  });

  it('publishes a new key before it signs', () => {
    const set = rotate(rotate(empty, 'a', startMs), 'b', startMs + dayMs);
    expect(publicKeys(set).map(({ kid }) => kid)).toEqual(['a', 'b']);
    expect(signingKey(set, startMs + dayMs + signDelayMs - 1)?.kid).toBe('a');
    expect(signingKey(set, startMs + dayMs + signDelayMs)?.kid).toBe('b');
  });

  it('adds one key, even if it is repeated', () => {
    const once = rotate(empty, 'a', startMs);
    expect(rotate(once, 'a', startMs + 1)).toEqual(once);
  });

  it('keeps a key as long as a valid token may need it, and then removes it', () => {
    const two = rotate(rotate(empty, 'a', startMs), 'b', startMs + dayMs);
    const lastTicketOfA = startMs + dayMs + signDelayMs + dayMs;
    expect(kids(rotate(two, 'c', lastTicketOfA + 60_000))).toEqual(['a', 'b', 'c']);
    expect(kids(rotate(two, 'c', lastTicketOfA + 180_000))).toEqual(['b', 'c']);
  });

  it('is refused, if it follows others too closely, instead of losing a needed key', () => {
    let set = empty;
    for (let i = 0; i < keysMax; i += 1) set = rotate(set, `k${i}`, startMs + i * 1000);
    expect(() => rotate(set, 'one-more', startMs + 60_000)).toThrow('keys are still in use');
  });

  it('publishes no private part', () => {
    expect(JSON.stringify(publicKeys(rotate(empty, 'a', startMs)))).not.toContain(privateJwk.d);
  });

  it('leaves a signer with a slow clock a key', () => {
    expect(signingKey(rotate(empty, 'a', startMs), startMs - 60_000)?.kid).toBe('a');
    expect(signingKey(empty, startMs)).toBeUndefined();
  });
});
