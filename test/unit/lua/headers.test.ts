import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type HoldScriptName, holdScriptKeys } from '#adapters/redis/holds.ts';
import { type ScriptName, scriptKeys } from '#adapters/redis/queue.ts';
import { luaDirectory, readLua } from '#adapters/redis/script.ts';
import { queueKeys } from '#contract/queue-keys.ts';
import { luaProblems } from '../../support/rules/lua-headers.ts';

/** Included in scripts; not a script itself. */
const isShared = (file: string) => file.split('/').includes('shared');
const queueScripts = Object.keys(scriptKeys) as ScriptName[];

describe('a Lua file', () => {
  it.each(queueScripts)('%s.lua matches its header, and has the keys of its wrapper', (name) => {
    expect(luaProblems(readLua(`queue/${name}`), scriptKeys[name].length)).toEqual([]);
  });

  it.each(Object.keys(holdScriptKeys) as HoldScriptName[])(
    '%s.lua of the sale matches its header, and has the keys of its wrapper',
    (name) => {
      expect(luaProblems(readLua(`sale/${name}`), holdScriptKeys[name].length)).toEqual([]);
    },
  );

  it('each script has a wrapper', () => {
    const files = readdirSync(luaDirectory, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.lua') && !isShared(file),
    );
    const wrapped = [
      ...queueScripts.map((name) => `queue/${name}.lua`),
      ...Object.keys(holdScriptKeys).map((name) => `sale/${name}.lua`),
    ];
    expect(files.sort()).toEqual(wrapped.sort());
  });

  it('a shared part is included by at least two scripts, and each include is replaced', () => {
    const scripts = [
      ...queueScripts.map((name) => `queue/${name}`),
      ...Object.keys(holdScriptKeys).map((name) => `sale/${name}`),
    ];
    const files = readdirSync(luaDirectory, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.lua'),
    );
    for (const file of files.filter(isShared)) {
      const body = readLua(file.slice(0, -'.lua'.length));
      expect(scripts.filter((name) => readLua(name).includes(body)).length, file).toBeGreaterThan(1);
    }
    for (const name of scripts) expect(readLua(name), name).not.toMatch(/^--\s*include/m);
  });

  it.each([
    ['a key that is not documented', "redis.call('DEL', KEYS[3])", 'KEYS[3] is used, not documented'],
    [
      'an argument that is not documented',
      "redis.call('GET', KEYS[1], ARGV[2])",
      'ARGV[2] is used, not documented',
    ],
    ['an argument read by a computed index', "redis.call('GET', KEYS[1], ARGV[i])", 'computed index'],
    ['a key that is built from text', "redis.call('GET', 'pass:' .. ARGV[1])", 'not declared'],
    ['KEYS', "redis.call('KEYS', KEYS[1])", 'KEYS has no bound'],
    ['a loop without a bound', 'while true do end', 'shows no bound'],
  ])('with %s is reported', (_, line, problem) => {
    const good = `--[[ Reads.

Guarantees
  Nothing.

KEYS[1] a string
ARGV[1] b_ms

Returns {code}
  code 0 done
Time    none
Cost    O(1) ]]
redis.call('GET', KEYS[1], ARGV[1])
`;
    expect(luaProblems(good, 1)).toEqual([]);
    expect(luaProblems(`${good}${line}\n`, 1).join('; ')).toContain(problem);
    expect(luaProblems(good, 2).join()).toContain('the wrapper gives 2 keys');
    expect(luaProblems(good.replace('Cost', 'Price'), 1)).toContain('the header has no Cost');
  });
});

describe("an event's keys", () => {
  it('the keys of one generation share a hash tag, which no other generation has', () => {
    const names = Object.values(queueKeys('busan-01', 3));
    expect(new Set(names.map((name) => /\{(.*?)\}/.exec(name)?.[1]))).toEqual(new Set(['busan-01']));
    const other = new Set(Object.values(queueKeys('busan-01', 31)));
    expect(names.filter((name) => other.has(name))).toEqual([]);
  });
});
