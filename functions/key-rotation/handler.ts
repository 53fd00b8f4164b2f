import { z } from 'zod';
import { parseJson } from '#adapters/json.ts';
import type { PublishedSecret } from '#adapters/secrets/published-secret.ts';
import type { RotatingSecret } from '#adapters/secrets/rotating-secret.ts';
import {
  type KeySet,
  keySetSchema,
  type PrivateKey,
  publicKeys,
  rotateKeys,
  type SigningKey,
} from '#core/access/signing-keys.ts';
import { UrrError } from '#core/errors.ts';
import type { Telemetry } from '../shared/telemetry.ts';

/** The event that Secrets Manager sends once per step. A step may be repeated. */
const rotationSchema = z.object({
  Step: z.enum(['createSecret', 'setSecret', 'testSecret', 'finishSecret']),
  SecretId: z.string().min(1),
  /** Names the new version: the same in all four steps. */
  ClientRequestToken: z.string().min(1).max(64),
});

export interface KeyRotationDeps {
  /** Private and public keys, for signers. */
  readonly secret: RotatingSecret;
  /** Public keys, for verifiers. */
  readonly published: PublishedSecret;
  readonly newPrivateKey: () => Promise<PrivateKey>;
  /** Throws if a signature of the key does not verify with its public key. */
  readonly assertKeyWorks: (key: SigningKey) => Promise<void>;
  readonly telemetry: Telemetry;
  readonly nowMs: () => number;
}

/**
 * Rotates the signing keys (core/access/signing-keys.ts decides which are added and removed). A repeated step changes
 * nothing, because the rotation names both the version and its key.
 *
 *   createSecret ─▶ setSecret ─────▶ testSecret ─▶ finishSecret
 *   put pending     publish keys     sign, verify   pending becomes current
 *
 * The public key is published before the first signature; a rotation that fails later leaves one unused public key.
 */
export const makeHandler =
  (deps: KeyRotationDeps) =>
  async (event: unknown): Promise<void> => {
    const { Step: step, ClientRequestToken: versionId } = rotationSchema.parse(event);
    if (step === 'createSecret') await create(deps, versionId);
    if (step === 'setSecret') await publish(deps, versionId);
    if (step === 'testSecret') await test(deps, versionId);
    if (step === 'finishSecret') await finish(deps, versionId);
    deps.telemetry.info('rotation step done', { step, versionId });
  };

async function create({ secret, newPrivateKey, nowMs }: KeyRotationDeps, versionId: string): Promise<void> {
  const stages = (await secret.versions())[versionId] ?? [];
  const isDone = stages.includes('AWSCURRENT') || (await secret.pending(versionId)) !== undefined;
  if (isDone) return;
  const current = readKeySet(await secret.current());
  const next = rotateKeys(current, nowMs(), { kid: versionId, privateJwk: await newPrivateKey() });
  await secret.putPending(versionId, JSON.stringify(next));
}

/** The set of this rotation, which ends with its key. */
async function setOf({ secret }: KeyRotationDeps, versionId: string): Promise<[KeySet, SigningKey]> {
  const stages = (await secret.versions())[versionId] ?? [];
  const text = stages.includes('AWSCURRENT') ? await secret.current() : await secret.pending(versionId);
  const keySet = readKeySet(text);
  const newest = keySet.keys.at(-1);
  if (newest?.kid !== versionId)
    throw new UrrError('INTERNAL', 'the pending version holds no new key; start the rotation again');
  return [keySet, newest];
}

async function publish(deps: KeyRotationDeps, versionId: string): Promise<void> {
  const [keySet] = await setOf(deps, versionId);
  await deps.published.put(versionId, JSON.stringify({ keys: publicKeys(keySet) }));
}

async function test(deps: KeyRotationDeps, versionId: string): Promise<void> {
  const [, newest] = await setOf(deps, versionId);
  await deps.assertKeyWorks(newest);
}

async function finish({ secret }: KeyRotationDeps, versionId: string): Promise<void> {
  const versions = Object.entries(await secret.versions());
  const current = versions.find(([, stages]) => stages.includes('AWSCURRENT'))?.[0];
  if (current !== versionId) await secret.promote(versionId, current);
}

/**
 * A secret without a value or without keys starts a new set. A secret with unreadable keys is not replaced: without its keys
 * every issued ticket would be refused.
 */
function readKeySet(text: string | undefined): KeySet {
  const value = parseJson(text ?? '');
  const holdsKeys = z.object({ keys: z.array(z.unknown()).min(1) }).safeParse(value).success;
  if (!holdsKeys) return { keys: [] };
  const parsed = keySetSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UrrError(
    'INTERNAL',
    'the secret holds keys in an unknown format and stays unchanged; restore its last version',
  );
}
