import { readLua } from '#adapters/redis/script.ts';

const clock = /local function now_ms\(\)\n[\s\S]*?\nend\n/g;

/**
 * Returns a reader of scripts that read the time from a key instead of the server's clock, for tests that set the time.
 * The shipped scripts cannot do that. The key is not among the declared keys, which a single server allows.
 */
export function readLuaAt(clockKey: string): (name: string) => string {
  return (name) => {
    const source = readLua(name);
    const found = source.match(clock)?.length ?? 0;
    if (found > 1) throw new Error(`${name}.lua has ${found} clocks`);
    return source.replace(
      clock,
      `local function now_ms()\n  return tonumber(redis.call('GET', '${clockKey}'))\nend\n`,
    );
  };
}
