import type { Adapter, AdapterPayload } from 'oidc-provider';

/**
 * The local issuer's memory: sessions, grants, codes, tokens and clients, each until it expires. oidc-provider's own
 * store is shared by all issuers of a process and keeps 1,000 items, which is too few for a crowd.
 */
export class IssuerStore {
  readonly #items = new Map<string, { payload: AdapterPayload; expiresAtMs: number }>();
  readonly #itemsMax: number;

  constructor(itemsMax = 200_000) {
    this.#itemsMax = itemsMax;
  }

  /** Returns the adapter of oidc-provider for one kind of item. */
  adapter(kind: string): Adapter {
    const key = (id: string) => `${kind}:${id}`;
    return {
      upsert: async (id, payload, expiresInSeconds = Number.POSITIVE_INFINITY) => {
        this.#set(key(id), payload, expiresInSeconds);
        if (kind === 'Session' && payload.uid !== undefined)
          this.#set(`uid:${payload.uid}`, { jti: id }, expiresInSeconds);
      },
      find: async (id) => this.#get(key(id)),
      findByUid: async (uid) => {
        const id = this.#get(`uid:${uid}`)?.jti;
        return id === undefined ? undefined : this.#get(key(id));
      },
      findByUserCode: async () => undefined,
      consume: async (id) => {
        const payload = this.#get(key(id));
        if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => {
        this.#items.delete(key(id));
      },
      revokeByGrantId: async (grantId) => {
        for (const [itemKey, { payload }] of this.#items)
          if (itemKey.startsWith(`${kind}:`) && payload.grantId === grantId) this.#items.delete(itemKey);
      },
    };
  }

  #get(key: string): AdapterPayload | undefined {
    const item = this.#items.get(key);
    if (item === undefined) return undefined;
    if (item.expiresAtMs > Date.now()) return item.payload;
    this.#items.delete(key);
    return undefined;
  }

  #set(key: string, payload: AdapterPayload, expiresInSeconds: number): void {
    this.#items.delete(key);
    const expiresAtMs = Date.now() + expiresInSeconds * 1000;
    this.#items.set(key, { payload, expiresAtMs });
    // A Map keeps the order of insertion, so the oldest item is deleted first. Clients never expire and are few.
    for (const [oldest, item] of this.#items) {
      if (this.#items.size <= this.#itemsMax) break;
      if (item.expiresAtMs !== Infinity) this.#items.delete(oldest);
    }
  }
}
