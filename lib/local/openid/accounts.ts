import { randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto';

/** An account of the local issuer, in memory until the end of the run. */
export interface Account {
  readonly sub: string;
  readonly email: string;
  readonly groups: readonly string[];
}

/** Rules for passwords: the user pool's policy in the template. */
export interface PasswordPolicy {
  readonly lengthMin: number;
  readonly needsLowercase: boolean;
  readonly needsUppercase: boolean;
  readonly needsDigit: boolean;
  readonly needsSymbol: boolean;
}

export type SignUpRefusal = 'email-invalid' | 'password-weak' | 'email-taken' | 'full';

const accountsMax = 100_000;
const passwordLengthMax = 256;
/** An address has at most 254 characters (RFC 5321). Nothing is sent, so the shape is not checked further. */
const emailPattern = /^[^\s@<>"]{1,64}@[^\s@<>"]{1,189}$/;
const keyLength = 32;

interface Stored {
  readonly account: Account;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

export class AccountBook {
  readonly #byEmail = new Map<string, Stored>();
  readonly #bySub = new Map<string, Stored>();
  readonly #policy: PasswordPolicy;

  constructor(policy: PasswordPolicy) {
    this.#policy = policy;
  }

  find(sub: string): Account | undefined {
    return this.#bySub.get(sub)?.account;
  }

  async signUp(
    email: string,
    password: string,
    groups: readonly string[] = [],
  ): Promise<Account | SignUpRefusal> {
    const key = email.trim().toLowerCase();
    if (!emailPattern.test(key)) return 'email-invalid';
    if (!this.#isStrong(password)) return 'password-weak';
    if (this.#byEmail.size >= accountsMax) return 'full';
    const salt = randomBytes(16);
    const hash = await derive(password, salt);
    // Checked after the wait, because two sign-ups with one address may have waited at the same time.
    if (this.#byEmail.has(key)) return 'email-taken';
    const account: Account = { sub: randomUUID(), email: key, groups };
    const stored = { account, salt, hash };
    this.#byEmail.set(key, stored);
    this.#bySub.set(account.sub, stored);
    return account;
  }

  /** Returns undefined both for an unknown address and for a wrong password, after the same work. */
  async signIn(email: string, password: string): Promise<Account | undefined> {
    if (password.length > passwordLengthMax) return undefined;
    const stored = this.#byEmail.get(email.trim().toLowerCase());
    const hash = await derive(password, stored?.salt ?? Buffer.alloc(16));
    return stored !== undefined && timingSafeEqual(hash, stored.hash) ? stored.account : undefined;
  }

  #isStrong(password: string): boolean {
    const { lengthMin, needsDigit, needsLowercase, needsSymbol, needsUppercase } = this.#policy;
    return (
      password.length >= lengthMin &&
      password.length <= passwordLengthMax &&
      (!needsLowercase || /[a-z]/.test(password)) &&
      (!needsUppercase || /[A-Z]/.test(password)) &&
      (!needsDigit || /[0-9]/.test(password)) &&
      (!needsSymbol || /[^A-Za-z0-9]/.test(password))
    );
  }
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, keyLength, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}
