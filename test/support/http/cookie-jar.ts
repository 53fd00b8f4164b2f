/**
 * Cookies of one visitor for one host: the part of RFC 6265 that tests need (no paths and domains, as URR uses
 * `__Host-`).
 */
export class CookieJar {
  readonly #cookies = new Map<string, string>();

  /** Stores the cookies of a response. A cookie with Max-Age=0 or a past Expires is deleted. */
  keep(setCookie: readonly string[] | undefined): void {
    for (const line of setCookie ?? []) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      if (at < 1) continue;
      if (attributes.some(isOver)) this.#cookies.delete(pair.slice(0, at));
      else this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  get(name: string): string | undefined {
    return this.#cookies.get(name);
  }

  set(name: string, value: string): void {
    this.#cookies.set(name, value);
  }

  names(): string[] {
    return [...this.#cookies.keys()];
  }

  /** Returns `name=value` pairs, as API Gateway passes them. */
  pairs(): string[] {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`);
  }

  /** Returns the Cookie header; undefined: there are no cookies. */
  header(): string | undefined {
    if (this.#cookies.size === 0) return undefined;
    return this.pairs().join('; ');
  }
}

function isOver(attribute: string): boolean {
  const [name = '', value = ''] = attribute.split('=');
  if (name.toLowerCase() === 'max-age') return Number(value) <= 0;
  return name.toLowerCase() === 'expires' && Date.parse(value) <= Date.now();
}
