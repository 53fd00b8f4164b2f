import { compileLua } from './lua.ts';
import { LuaTable, toReply, type Value } from './lua-library.ts';

type Entry = { readonly value: string | Map<string, string>; endMs: number };

/**
 * A Redis server in memory with the commands that the sale's scripts use, as Redis documents them. A script runs at one
 * instant. An unknown command or option throws.
 */
export class MemoryRedis {
  readonly #entries = new Map<string, Entry>();
  readonly #nowMs: () => number;
  readonly runId: string;

  constructor(nowMs: () => number, runId: string) {
    this.#nowMs = nowMs;
    this.runId = runId;
  }

  /**
   * Runs the text of a script.
   * @throws Error as a client does, with Redis's code before the message
   */
  run(lua: string, keys: readonly string[], args: readonly (string | number)[]): unknown {
    return toReply(
      compileLua(lua)((command, ...given) => this.#call(command, given), keys, args.map(String)),
    );
  }

  hash(key: string): ReadonlyMap<string, string> {
    const entry = this.#live(key)?.value;
    if (typeof entry === 'string') throw new Error('WRONGTYPE');
    return entry ?? new Map();
  }

  exists = (key: string): boolean => this.#live(key) !== undefined;

  /** Returns all keys with their text, or with alternating names and values of their fields. */
  entries = (): readonly (readonly [string, string | readonly string[]])[] =>
    [...this.#entries.keys()].flatMap((key) => {
      const value = this.#live(key)?.value;
      if (value === undefined) return [];
      return [[key, typeof value === 'string' ? value : [...value].flat()] as const];
    });

  /** Returns a promoted replica: it lacks some of the last writes, and has another run id. */
  promoted(runId: string, keepsField: (key: string, field: string, value: string) => boolean): MemoryRedis {
    const replica = new MemoryRedis(this.#nowMs, runId);
    for (const [key, { value, endMs }] of this.#entries) {
      const kept =
        typeof value === 'string'
          ? value
          : new Map([...value].filter(([field, content]) => keepsField(key, field, content)));
      replica.#entries.set(key, { value: kept, endMs });
    }
    return replica;
  }

  setField(key: string, field: string, value: string): void {
    this.#hash(key).set(field, value);
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.endMs > this.#nowMs()) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  #hash(key: string): Map<string, string> {
    const value = this.#live(key)?.value ?? new Map<string, string>();
    if (typeof value === 'string') throw new Error('WRONGTYPE the key holds a string');
    if (!this.#entries.has(key)) this.#entries.set(key, { value, endMs: Number.POSITIVE_INFINITY });
    return value;
  }

  #call(command: string, args: readonly string[]): Value {
    const [key = '', ...rest] = args;
    switch (command) {
      case 'TIME': {
        const nowMs = this.#nowMs();
        return LuaTable.from([String(Math.floor(nowMs / 1000)), String((nowMs % 1000) * 1000)]);
      }
      case 'INFO':
        return `# Server\r\nredis_version:8.0.0\r\nrun_id:${this.runId}\r\nuptime_in_seconds:1\r\n`;
      case 'HGET':
        return this.hash(key).get(rest[0] ?? '') ?? false;
      case 'HMGET': {
        const hash = this.hash(key);
        return LuaTable.from(rest.map((field) => hash.get(field) ?? false));
      }
      case 'HSET':
        return this.#hset(key, rest);
      case 'HDEL': {
        const hash = this.#hash(key);
        const gone = rest.filter((field) => hash.delete(field)).length;
        if (hash.size === 0) this.#entries.delete(key);
        return gone;
      }
      case 'HINCRBY': {
        const [field = '', by] = rest;
        const hash = this.#hash(key);
        const sum = Number(hash.get(field) ?? 0) + Number(by);
        if (!Number.isSafeInteger(sum)) throw new Error('ERR hash value is not an integer');
        hash.set(field, String(sum));
        return sum;
      }
      case 'GET': {
        const value = this.#live(key)?.value;
        if (value instanceof Map) throw new Error('WRONGTYPE the key holds a hash');
        return value ?? false;
      }
      case 'SET':
        return this.#set(key, rest);
      case 'DEL':
        return args.filter((each) => this.#live(each) !== undefined && this.#entries.delete(each)).length;
      case 'PEXPIRE': {
        const entry = this.#live(key);
        if (entry === undefined) return 0;
        entry.endMs = this.#nowMs() + Number(rest[0]);
        return 1;
      }
      default:
        throw new Error(`the simulator's Redis does not know ${command}`);
    }
  }

  #hset(key: string, pairs: readonly string[]): number {
    if (pairs.length === 0 || pairs.length % 2 !== 0)
      throw new Error('ERR wrong number of arguments for HSET');
    const hash = this.#hash(key);
    const before = hash.size;
    for (let at = 0; at < pairs.length; at += 2) hash.set(pairs[at] ?? '', pairs[at + 1] ?? '');
    return hash.size - before;
  }

  #set(key: string, [value = '', ...options]: readonly string[]): Value {
    let endMs = Number.POSITIVE_INFINITY;
    for (let at = 0; at < options.length; at++) {
      if (options[at] === 'NX') {
        if (this.#live(key) !== undefined) return false;
      } else if (options[at] === 'PX') endMs = this.#nowMs() + Number(options[++at]);
      else throw new Error(`the simulator's Redis does not know SET ${options[at]}`);
    }
    this.#entries.set(key, { value, endMs });
    return 'OK';
  }
}
