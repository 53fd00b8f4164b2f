/** The Lua 5.1 values that the scripts use. nil is undefined. */
export type Value = string | number | boolean | undefined | LuaTable;

/** A list from 1. A table with holes or names is not used by the scripts, and throws. */
export class LuaTable {
  readonly items: Value[];
  constructor(items: Value[]) {
    this.items = items;
  }
  static from(items: readonly Value[]): LuaTable {
    return new LuaTable([...items]);
  }
}

const broken = (what: string) => new Error(`the simulator's Lua: ${what}`);

function list(value: Value): Value[] {
  if (value instanceof LuaTable) return value.items;
  throw broken(`a ${typeof value} is no table`);
}

/** Lua converts a text of digits to a number in arithmetic. */
function number(value: Value): number {
  const known = typeof value === 'string' ? toNumber(value) : value;
  if (typeof known === 'number') return known;
  throw broken(`to calculate with a ${typeof value}`);
}

function toNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\s*-?\d+(\.\d+)?\s*$/.test(value)) return undefined;
  return Number(value);
}

/** Formats as `%.14g`, for numbers that it represents exactly. */
function text(value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') throw broken(`to join a ${typeof value}`);
  if (!Number.isInteger(value) || Math.abs(value) >= 1e14) throw broken(`${value} as text`);
  return String(value);
}

function compare(a: Value, b: Value): [number, number] | [string, string] {
  if (typeof a === 'number' && typeof b === 'number') return [a, b];
  if (typeof a === 'string' && typeof b === 'string') return [a, b];
  throw broken(`to compare a ${typeof a} with a ${typeof b}`);
}

const patterns = new Map<string, RegExp>();
const classes: Readonly<Record<string, string>> = {
  d: '[0-9]',
  x: '[0-9a-fA-F]',
  s: '\\s',
  w: '[0-9A-Za-z]',
};

function regularExpression(pattern: string): RegExp {
  const known = patterns.get(pattern);
  if (known !== undefined) return known;
  if (/[[\]{}|\\?]|%[^dxsw%.]/.test(pattern)) throw broken(`pattern ${pattern}`);
  const source = pattern.replaceAll(/%(.)|-|\$(?!$)/g, (found, after: string | undefined) => {
    if (after !== undefined) return classes[after] ?? `\\${after}`;
    return found === '-' ? '*?' : '\\$';
  });
  const made = new RegExp(source, 's');
  patterns.set(pattern, made);
  return made;
}

function match(subject: Value, pattern: Value): Value[] {
  const found = regularExpression(text(pattern)).exec(text(subject));
  if (found === null) return [undefined];
  return found.length === 1 ? [found[0]] : found.slice(1);
}

export const library = {
  truth: (value: Value): boolean => value !== undefined && value !== false,
  table: (...items: Value[]) => {
    while (items.length > 0 && items.at(-1) === undefined) items.pop();
    return new LuaTable(items);
  },
  index: (base: Value, at: Value) => list(base)[number(at) - 1],
  put(base: Value, at: Value, value: Value) {
    const items = list(base);
    if (number(at) < 1 || number(at) > items.length + 1) throw broken('a table with holes');
    items[number(at) - 1] = value;
  },
  length: (value: Value) => (typeof value === 'string' ? value.length : list(value).length),
  *ipairs(value: Value): Generator<[number, Value]> {
    const items = list(value);
    for (let at = 0; at < items.length && items[at] !== undefined; at++) yield [at + 1, items[at]];
  },
  add: (a: Value, b: Value) => number(a) + number(b),
  subtract: (a: Value, b: Value) => number(a) - number(b),
  multiply: (a: Value, b: Value) => number(a) * number(b),
  divide: (a: Value, b: Value) => number(a) / number(b),
  modulo: (a: Value, b: Value) => number(a) - Math.floor(number(a) / number(b)) * number(b),
  concat: (a: Value, b: Value) => text(a) + text(b),
  less(a: Value, b: Value) {
    const [left, right] = compare(a, b);
    return left < right;
  },
  lessOrEqual(a: Value, b: Value) {
    const [left, right] = compare(a, b);
    return left <= right;
  },
  tonumber: toNumber,
  tostring: text,
  match,
  find(subject: Value, wanted: Value, from: Value, isPlain: Value): Value[] {
    if (from !== 1 || isPlain !== true) throw broken('to find a pattern');
    const at = text(subject).indexOf(text(wanted));
    return at < 0 ? [undefined] : [at + 1, at + text(wanted).length];
  },
  format(pattern: Value, ...values: Value[]): string {
    let next = 0;
    return text(pattern).replaceAll(/%(\.0f|[ds]|.)/g, (found) => {
      const value = values[next++];
      if (found === '%s') return text(value);
      if (found !== '%d' && found !== '%.0f') throw broken(`format ${found}`);
      if (!Number.isSafeInteger(number(value))) throw broken(`format ${found} of ${number(value)}`);
      return String(number(value));
    });
  },
  unpack: list,
  tableConcat: (value: Value) => list(value).map(text).join(''),
  /** Returns a number as Redis passes it from a script to a command. */
  argument(value: Value): string {
    if (typeof value === 'string') return value;
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      throw broken(`${String(value)} as an argument`);
    return String(value);
  },
};

/** Returns a reply as Redis sends it to a client: numbers lose their fraction, and a list ends at the first nil. */
export function toReply(value: Value): unknown {
  if (value === undefined || value === false) return null;
  if (value === true) return 1;
  if (typeof value === 'number') return Math.trunc(value);
  if (typeof value === 'string') return value;
  const end = value.items.indexOf(undefined);
  return (end < 0 ? value.items : value.items.slice(0, end)).map(toReply);
}
