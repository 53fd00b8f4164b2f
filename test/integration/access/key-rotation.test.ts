import { randomUUID } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKeySource, createPublicKeySource } from '#adapters/access/key-source.ts';
import { assertKeyWorks, newPrivateKey } from '#adapters/access/new-key.ts';
import { createPublishedSecret } from '#adapters/secrets/published-secret.ts';
import { createSecretReader } from '#adapters/secrets/reader.ts';
import { createRotatingSecret } from '#adapters/secrets/rotating-secret.ts';
import { createSharedSecret } from '#adapters/secrets/shared-secret.ts';
import { signDelayMs, signingKey } from '#core/access/signing-keys.ts';
import { type SecretsManager, startSecretsManager } from '#local/servers/secrets-manager.ts';
import { makeHandler } from '../../../functions/key-rotation/handler.ts';
import { countingTelemetry } from '../../support/line/vwr-api.ts';

let secrets: SecretsManager;
let client: SecretsManagerClient;
beforeAll(async () => {
  secrets = await startSecretsManager();
  client = new SecretsManagerClient({
    endpoint: secrets.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
});
afterAll(async () => {
  client.destroy();
  await secrets.stop();
});

const newSecret = (value: string) =>
  secrets.store.create(`test-${randomUUID()}`, 'us-east-1', '123456789012', value).arn;
const startMs = 1_750_000_000_000;
const dayMs = 86_400_000;

/** A secret with signing keys, its rotation, and a clock. */
function keyOffice(value = '{"keys":[]}') {
  const arn = newSecret(value);
  let nowMs = startMs;
  const publicArn = newSecret('{"keys":[]}');
  const rotating = createRotatingSecret(client, arn);
  const telemetry = countingTelemetry();
  const handler = makeHandler({
    secret: rotating,
    published: createPublishedSecret(client, publicArn),
    newPrivateKey,
    assertKeyWorks,
    telemetry,
    nowMs: () => nowMs,
  });
  const step = (Step: string, ClientRequestToken: string) =>
    handler({ Step, SecretId: arn, ClientRequestToken });
  const keys = createKeySource(createSecretReader(client, arn), () => nowMs);
  const halves = createPublicKeySource(createSecretReader(client, publicArn), () => nowMs);
  return {
    step,
    keys,
    halves,
    publicText: () => createSecretReader(client, publicArn)('current'),
    rotating,
    telemetry,
    later: (ms: number) => {
      nowMs += ms;
    },
    now: () => nowMs,
    rotate: async (token: string = randomUUID()) => {
      for (const one of ['createSecret', 'setSecret', 'testSecret', 'finishSecret']) await step(one, token);
      return token;
    },
  };
}
const kids = (keySet: { readonly keys: readonly { readonly kid: string }[] }) =>
  keySet.keys.map(({ kid }) => kid);

describe('the rotation of signing keys', () => {
  it('begins with an empty secret: 503 before, a key that signs at once after', async () => {
    const { keys, rotate, later, now } = keyOffice();
    await expect(keys.get()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 10 });
    const token = await rotate();
    later(5_000);
    expect(signingKey(await keys.get(), now())?.kid).toBe(token);
  });

  it('adds the next key beside the old one, which signs until every verifier knows the new one', async () => {
    const { keys, rotate, later, now } = keyOffice();
    const first = await rotate();
    later(dayMs);
    const second = await rotate();
    later(5_000);
    const set = await keys.refresh();
    expect(kids(set)).toEqual([first, second]);
    expect(signingKey(set, now())?.kid).toBe(first);
    expect(signingKey(set, now() + signDelayMs)?.kid).toBe(second);
  });

  it('repeats of a step during or after the rotation change nothing', async () => {
    const { step, keys, rotating, rotate, later } = keyOffice();
    const token = randomUUID();
    await step('createSecret', token);
    const pending = await rotating.pending(token);
    await step('createSecret', token);
    expect(await rotating.pending(token)).toBe(pending);
    await rotate(token);
    await rotate(token);
    later(5_000);
    expect(kids(await keys.get())).toEqual([token]);
    expect(await rotating.current()).toBe(pending);
  });

  it('an unfinished rotation keeps the old keys valid, and the next one continues it', async () => {
    const { step, keys, rotate, later } = keyOffice();
    const first = await rotate();
    later(dayMs);
    await step('createSecret', randomUUID());
    expect(kids(await keys.refresh())).toEqual([first]);
    const third = await rotate();
    later(5_000);
    expect(kids(await keys.refresh())).toEqual([first, third]);
  });

  it('publishes the public halves, and those alone, before anyone can sign with the new key', async () => {
    const { step, keys, halves, publicText, rotate, later } = keyOffice();
    await expect(halves.get()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const first = await rotate();
    later(dayMs);
    expect(kids(await halves.refresh())).toEqual([first]);
    const second = randomUUID();
    await step('createSecret', second);
    later(5_000);
    expect(kids(await halves.refresh())).toEqual([first]);
    await step('setSecret', second);
    await step('setSecret', second);
    later(5_000);
    expect(kids(await halves.refresh())).toEqual([first, second]);
    expect(kids(await keys.refresh())).toEqual([first]);
    await step('testSecret', second);
    await step('finishSecret', second);
    later(5_000);
    expect(kids(await keys.refresh())).toEqual(kids(await halves.refresh()));
    expect(await publicText()).not.toContain('"d"');
    expect(await publicText()).not.toContain('private');
  });

  it('verifiers refuse a set that holds a private key', async () => {
    const { rotate, rotating } = keyOffice();
    await rotate();
    const misplaced = newSecret((await rotating.current()) ?? '');
    const source = createPublicKeySource(createSecretReader(client, misplaced), () => startMs);
    await expect(source.get()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('unreadable keys stay unchanged, and the rotation fails', async () => {
    const { rotate, rotating } = keyOffice('{"keys":[{"kid":"from-elsewhere"}]}');
    await expect(rotate()).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await rotating.current()).toBe('{"keys":[{"kid":"from-elsewhere"}]}');
  });

  it('a malformed rotation event is refused', async () => {
    const { step } = keyOffice();
    await expect(step('deleteSecret', randomUUID())).rejects.toThrow();
  });

  it('no key material is logged', async () => {
    const { rotate, rotating, telemetry } = keyOffice();
    await rotate();
    const [, d] = /"d":"([^"]+)"/.exec((await rotating.current()) ?? '') ?? [];
    expect(d).toHaveLength(43);
    expect(telemetry.lines.join('\n')).not.toContain(d);
  });
});

describe('the origin secret', () => {
  function gate() {
    const arn = newSecret('first');
    let nowMs = startMs;
    let reads = 0;
    const read = createSecretReader(client, arn);
    const isSecret = createSharedSecret(
      (stage) => {
        reads += 1;
        return read(stage);
      },
      () => nowMs,
    );
    return {
      isSecret,
      reads: () => reads,
      later: (ms: number) => {
        nowMs += ms;
      },
      replace: async (value: string) => {
        const rotating = createRotatingSecret(client, arn);
        const token = randomUUID();
        const before = Object.entries(await rotating.versions()).find(([, stages]) =>
          stages.includes('AWSCURRENT'),
        );
        await rotating.putPending(token, value);
        await rotating.promote(token, before?.[0]);
      },
    };
  }

  it('accepts the current and the previous value only', async () => {
    const { isSecret, replace, later } = gate();
    expect(await isSecret('first')).toBe(true);
    await replace('second');
    later(5_000);
    expect(await isSecret('second')).toBe(true);
    expect(await isSecret('first')).toBe(true);
    await replace('third');
    later(5_000);
    expect(await isSecret('third')).toBe(true);
    expect(await isSecret('first')).toBe(false);
    for (const other of [undefined, '', 'firs', 'first ', 'FIRST']) expect(await isSecret(other)).toBe(false);
  });

  it('200 wrong origin secrets cause at most two reads of Secrets Manager per five seconds', async () => {
    const { isSecret, reads, later } = gate();
    await isSecret('first');
    for (let i = 0; i < 200; i += 1) await isSecret(`guess-${i}`);
    expect(reads()).toBe(2);
    later(5_000);
    for (let i = 0; i < 200; i += 1) await isSecret(`guess-${i}`);
    expect(reads()).toBe(4);
  });
});
