import { readLua } from '#adapters/redis/script.ts';

const clock = /local function now_ms\(\)\n[\s\S]*?\nend\n/g;

/**
 * A script that reads its time from a key instead of the server's clock, for tests that must choose the moment. The
 * shipped scripts have no such door. The key is outside the declared ones, which a single server allows.
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
