import { randomInt, randomUUID } from 'node:crypto';

/** An error of Secrets Manager's protocol; the SDK branches on `name`. */
export class SecretsError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

interface Version {
  value: string | undefined;
  readonly stages: Set<string>;
  readonly createdAtMs: number;
}

interface StoredSecret {
  readonly arn: string;
  readonly name: string;
  readonly versions: Map<string, Version>;
  rotationLambdaArn: string | undefined;
}

/** Secrets, their versions and staging labels, with the rule of Secrets Manager that a label is on one version. */
export class SecretStore {
  readonly #secrets = new Map<string, StoredSecret>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  create(name: string, region: string, account: string, value: string | undefined): StoredSecret {
    const suffix = randomUUID().slice(0, 6);
    const arn = `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${suffix}`;
    const secret: StoredSecret = { arn, name, versions: new Map(), rotationLambdaArn: undefined };
    if (value !== undefined)
      secret.versions.set(randomUUID(), {
        value,
        stages: new Set(['AWSCURRENT']),
        createdAtMs: this.#now(),
      });
    this.#secrets.set(arn, secret);
    return secret;
  }

  /** Finds a secret by ARN, by ARN without its random end, or by name. */
  find(id: string): StoredSecret {
    const direct = this.#secrets.get(id);
    if (direct !== undefined) return direct;
    for (const secret of this.#secrets.values())
      if (secret.name === id || secret.arn.slice(0, -7) === id) return secret;
    throw new SecretsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  }

  getValue(id: string, stage?: string, versionId?: string) {
    const secret = this.find(id);
    for (const [foundId, version] of secret.versions) {
      if (versionId !== undefined && foundId !== versionId) continue;
      if ((stage !== undefined || versionId === undefined) && !version.stages.has(stage ?? 'AWSCURRENT'))
        continue;
      if (version.value !== undefined) return { secret, versionId: foundId, version, value: version.value };
    }
    throw new SecretsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${versionId ?? `staging label: ${stage ?? 'AWSCURRENT'}`}`,
    );
  }

  putValue(id: string, value: string, versionId: string, stages: readonly string[]): StoredSecret {
    const secret = this.find(id);
    const existing = secret.versions.get(versionId);
    if (existing?.value !== undefined && existing.value !== value)
      throw new SecretsError(
        'ResourceExistsException',
        'A version with this token and another value exists.',
      );
    const version = existing ?? { value, stages: new Set<string>(), createdAtMs: this.#now() };
    version.value = value;
    secret.versions.set(versionId, version);
    for (const stage of stages) this.#move(secret, stage, versionId);
    return secret;
  }

  updateStage(
    id: string,
    stage: string,
    moveTo: string | undefined,
    removeFrom: string | undefined,
  ): StoredSecret {
    const secret = this.find(id);
    const holder = [...secret.versions].find(([, version]) => version.stages.has(stage))?.[0];
    if (holder !== undefined && moveTo !== undefined && holder !== moveTo && holder !== removeFrom)
      throw new SecretsError(
        'InvalidParameterException',
        `The staging label ${stage} is on another version.`,
      );
    if (moveTo === undefined) {
      if (removeFrom !== undefined) secret.versions.get(removeFrom)?.stages.delete(stage);
    } else {
      if (!secret.versions.has(moveTo))
        throw new SecretsError('ResourceNotFoundException', 'The version to move to does not exist.');
      this.#move(secret, stage, moveTo);
    }
    return secret;
  }

  /** First part of RotateSecret: adds an empty pending version whose id is the request token. */
  beginRotation(id: string): { secret: StoredSecret; token: string } {
    const secret = this.find(id);
    const token = randomUUID();
    secret.versions.set(token, { value: undefined, stages: new Set(), createdAtMs: this.#now() });
    this.#move(secret, 'AWSPENDING', token);
    return { secret, token };
  }

  /** Moves a label from its version to another. The version that loses AWSCURRENT becomes AWSPREVIOUS. */
  #move(secret: StoredSecret, stage: string, versionId: string): void {
    for (const [id, version] of secret.versions) {
      if (id === versionId || !version.stages.delete(stage)) continue;
      if (stage === 'AWSCURRENT') this.#move(secret, 'AWSPREVIOUS', id);
    }
    const target = secret.versions.get(versionId);
    target?.stages.add(stage);
    if (stage === 'AWSCURRENT') target?.stages.delete('AWSPREVIOUS');
  }
}

interface GenerateOptions {
  readonly PasswordLength?: number | undefined;
  readonly ExcludeCharacters?: string | undefined;
  readonly ExcludePunctuation?: boolean | undefined;
  readonly ExcludeNumbers?: boolean | undefined;
  readonly ExcludeUppercase?: boolean | undefined;
  readonly ExcludeLowercase?: boolean | undefined;
  readonly IncludeSpace?: boolean | undefined;
}

/** Returns a random string as GenerateSecretString describes it; 32 characters by default. */
export function generateSecretString(options: GenerateOptions): string {
  const excluded = new Set(options.ExcludeCharacters ?? '');
  const alphabet = [
    options.ExcludeLowercase ? '' : 'abcdefghijklmnopqrstuvwxyz',
    options.ExcludeUppercase ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    options.ExcludeNumbers ? '' : '0123456789',
    options.ExcludePunctuation ? '' : '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    options.IncludeSpace ? ' ' : '',
  ]
    .join('')
    .split('')
    .filter((character) => !excluded.has(character));
  if (alphabet.length === 0) throw new Error('GenerateSecretString leaves no character to use');
  return Array.from(
    { length: options.PasswordLength ?? 32 },
    () => alphabet[randomInt(alphabet.length)],
  ).join('');
}
