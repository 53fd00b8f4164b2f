/**
 * The part of DynamoDB's expression language that the adapters use: parsed once per text and kept as a function. An
 * unknown word throws. test/simulation/servers.test.ts compares it with dynalite.
 */
export type Item = Readonly<Record<string, unknown>>;
export interface Bindings {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}
type Condition = (item: Item | undefined, bindings: Bindings) => boolean;
type Operand = (item: Item | undefined, bindings: Bindings) => unknown;
type Path = (bindings: Bindings) => readonly string[];
/** Returns the item after the update, and the attributes that it names. */
type Update = (item: Item, bindings: Bindings) => { readonly after: Item; readonly named: readonly string[] };

/** One part of an update, calculated from the item before it. */
interface Written {
  readonly name: string;
  readonly write: (after: Item) => Item;
}
type Step = (item: Item, bindings: Bindings) => Written;

const changeOf = (path: readonly string[], value: unknown): Written => ({
  name: path[0] ?? '',
  write: (after) => written(after, path, value),
});

const tokenPattern = /\s*(<>|<=|>=|[=<>(),+\-.]|[:#]?[A-Za-z_][A-Za-z0-9_]*)/y;

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.trimEnd().length) {
    const from = tokenPattern.lastIndex;
    const found = tokenPattern.exec(text);
    if (found?.[1] === undefined) throw invalid(`"${text.slice(from)}"`);
    tokens.push(found[1]);
  }
  return tokens;
}

const invalid = (what: string) => new Error(`the simulator's DynamoDB does not know ${what}`);

function cachedBy<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const made = known.get(text) ?? parse(text);
    known.set(text, made);
    return made;
  };
}

export const conditionOf = cachedBy((text): Condition => {
  const parser = new Parser(tokensOf(text));
  const condition = parser.either();
  parser.end();
  return condition;
});

export const updateOf = cachedBy((text): Update => {
  const parser = new Parser(tokensOf(text));
  const steps = parser.update();
  parser.end();
  return (item, bindings) => {
    // All operands are of the item before the update.
    const changes = steps.map((step) => step(item, bindings));
    return {
      after: changes.reduce((after, { write }) => write(after), item),
      named: changes.map(({ name }) => name),
    };
  };
});

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw invalid(`"${this.#tokens.slice(this.#at).join(' ')}"`);
  }

  #is(...words: string[]): boolean {
    return words.every((word, offset) => this.#tokens[this.#at + offset]?.toUpperCase() === word);
  }

  #take(word: string): boolean {
    if (!this.#is(word)) return false;
    this.#at++;
    return true;
  }

  #need(word: string): void {
    if (!this.#take(word)) throw invalid(`"${this.#tokens[this.#at]}" in the place of ${word}`);
  }

  #next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw invalid('an expression that ends early');
    return token;
  }

  #list<T>(read: () => T): T[] {
    const items = [read()];
    while (this.#take(',')) items.push(read());
    return items;
  }

  either(): Condition {
    const all = [this.#both()];
    while (this.#take('OR')) all.push(this.#both());
    return all.length === 1 && all[0] !== undefined
      ? all[0]
      : (item, bindings) => all.some((each) => each(item, bindings));
  }

  #both(): Condition {
    const all = [this.#negated()];
    while (this.#take('AND')) all.push(this.#negated());
    return all.length === 1 && all[0] !== undefined
      ? all[0]
      : (item, bindings) => all.every((each) => each(item, bindings));
  }

  #negated(): Condition {
    if (!this.#take('NOT')) return this.#term();
    const term = this.#negated();
    return (item, bindings) => !term(item, bindings);
  }

  #term(): Condition {
    if (this.#take('(')) {
      const inner = this.either();
      this.#need(')');
      return inner;
    }
    if (this.#take('ATTRIBUTE_EXISTS')) return this.#exists(true);
    if (this.#take('ATTRIBUTE_NOT_EXISTS')) return this.#exists(false);
    if (this.#take('BEGINS_WITH')) return this.#pair((a, b) => isText(a) && isText(b) && a.startsWith(b));
    if (this.#take('CONTAINS')) return this.#pair(contains);
    return this.#comparison();
  }

  #exists(isWanted: boolean): Condition {
    this.#need('(');
    const path = this.#path();
    this.#need(')');
    return (item, bindings) => (read(item, path(bindings)) !== undefined) === isWanted;
  }

  #pair(holds: (a: unknown, b: unknown) => boolean): Condition {
    this.#need('(');
    const left = this.#operand();
    this.#need(',');
    const right = this.#operand();
    this.#need(')');
    return (item, bindings) => holds(left(item, bindings), right(item, bindings));
  }

  #comparison(): Condition {
    const left = this.#operand();
    if (this.#take('IN')) {
      this.#need('(');
      const all = this.#list(() => this.#operand());
      this.#need(')');
      return (item, bindings) => all.some((each) => isSame(left(item, bindings), each(item, bindings)));
    }
    if (this.#take('BETWEEN')) {
      const low = this.#operand();
      this.#need('AND');
      const high = this.#operand();
      return (item, bindings) => {
        const value = left(item, bindings);
        return order(low(item, bindings), value) <= 0 && order(value, high(item, bindings)) <= 0;
      };
    }
    const compare = comparisons[this.#next()];
    if (compare === undefined) throw invalid(`"${this.#tokens[this.#at - 1]}"`);
    const right = this.#operand();
    return (item, bindings) => compare(left(item, bindings), right(item, bindings));
  }

  #operand(): Operand {
    if (this.#take('SIZE')) {
      this.#need('(');
      const path = this.#path();
      this.#need(')');
      return (item, bindings) => sizeOf(read(item, path(bindings)));
    }
    if (this.#tokens[this.#at]?.startsWith(':')) {
      const name = this.#next();
      return (_item, bindings) => boundValue(bindings, name);
    }
    const path = this.#path();
    return (item, bindings) => read(item, path(bindings));
  }

  #path(): Path {
    const parts = [this.#next()];
    while (this.#take('.')) parts.push(this.#next());
    if (parts.some((part) => !/^#?[A-Za-z_]/.test(part))) throw invalid(`path ${parts.join('.')}`);
    if (parts.every((part) => !part.startsWith('#'))) return () => parts;
    return (bindings) => parts.map((part) => (part.startsWith('#') ? nameOf(bindings, part) : part));
  }

  update() {
    const steps: Step[] = [];
    while (this.#at < this.#tokens.length) {
      if (this.#take('SET')) steps.push(...this.#list(() => this.#set()));
      else if (this.#take('REMOVE')) steps.push(...this.#list(() => this.#remove()));
      else if (this.#take('ADD')) steps.push(...this.#list(() => this.#add()));
      else if (this.#take('DELETE')) steps.push(...this.#list(() => this.#delete()));
      else throw invalid(`"${this.#tokens[this.#at]}"`);
    }
    return steps;
  }

  #set() {
    const path = this.#path();
    this.#need('=');
    const value = this.#sum();
    return (item: Item, bindings: Bindings) => {
      const made = value(item, bindings);
      if (made === undefined) throw invalid(`to set ${path(bindings).join('.')} to nothing`);
      return changeOf(path(bindings), made);
    };
  }

  #sum(): Operand {
    const left = this.#setOperand();
    const sign = this.#is('+') ? 1 : this.#is('-') ? -1 : 0;
    if (sign === 0) return left;
    this.#at++;
    const right = this.#setOperand();
    return (item, bindings) => numberOf(left(item, bindings)) + sign * numberOf(right(item, bindings));
  }

  #setOperand(): Operand {
    const isAbsent = this.#take('IF_NOT_EXISTS');
    if (!isAbsent && !this.#take('LIST_APPEND')) return this.#operand();
    this.#need('(');
    const left = this.#setOperand();
    this.#need(',');
    const right = this.#setOperand();
    this.#need(')');
    if (isAbsent) return (item, bindings) => left(item, bindings) ?? right(item, bindings);
    return (item, bindings) => [...listOf(left(item, bindings)), ...listOf(right(item, bindings))];
  }

  #remove() {
    const path = this.#path();
    return (_item: Item, bindings: Bindings) => changeOf(path(bindings), undefined);
  }

  /** Removes members of a set. DynamoDB keeps no empty set. */
  #delete() {
    const path = this.#path();
    const value = this.#operand();
    return (item: Item, bindings: Bindings) => {
      const [before, gone] = [read(item, path(bindings)), value(item, bindings)];
      if (!(gone instanceof Set)) throw invalid('to delete what is no set');
      const left = [...(before instanceof Set ? before : [])].filter((each) => !gone.has(each));
      return changeOf(path(bindings), left.length === 0 ? undefined : new Set(left));
    };
  }

  #add() {
    const path = this.#path();
    const value = this.#operand();
    return (item: Item, bindings: Bindings) => {
      const [before, added] = [read(item, path(bindings)), value(item, bindings)];
      const made =
        added instanceof Set
          ? new Set([...(before instanceof Set ? before : []), ...added])
          : numberOf(before ?? 0) + numberOf(added);
      return changeOf(path(bindings), made);
    };
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';

const comparisons: Readonly<Record<string, (a: unknown, b: unknown) => boolean>> = {
  '=': isSame,
  '<>': (a, b) => !isSame(a, b),
  '<': (a, b) => order(a, b) < 0,
  '<=': (a, b) => order(a, b) <= 0,
  '>': (a, b) => order(a, b) > 0,
  '>=': (a, b) => order(a, b) >= 0,
};

/** Equal scalars. An absent attribute equals nothing. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return false;
  if (typeof a === 'object' || typeof b === 'object') throw invalid('to compare lists or maps');
  return a === b;
}

/**
 * Compares texts by their bytes and numbers by size. NaN, for which no comparison holds, if the types differ or one is
 * absent.
 */
export function order(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (isText(a) && isText(b)) return a < b ? -1 : a > b ? 1 : 0;
  return Number.NaN;
}

function contains(whole: unknown, part: unknown): boolean {
  if (whole instanceof Set) return whole.has(part);
  if (Array.isArray(whole)) return whole.includes(part);
  return isText(whole) && isText(part) && whole.includes(part);
}

function sizeOf(value: unknown): number | undefined {
  if (isText(value)) return Buffer.byteLength(value);
  if (value instanceof Set) return value.size;
  if (Array.isArray(value)) return value.length;
  return isMap(value) ? Object.keys(value).length : undefined;
}

const isMap = (value: unknown): value is Item =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Set);

function read(item: Item | undefined, path: readonly string[]): unknown {
  let value: unknown = item;
  for (const part of path) value = isMap(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  return value;
}

/** Returns a copy in which the attribute is set or removed. */
function written(item: Item, [part, ...rest]: readonly string[], value: unknown): Item {
  if (part === undefined) throw invalid('a path of nothing');
  if (rest.length === 0) {
    if (value !== undefined) return { ...item, [part]: value };
    const { [part]: _gone, ...others } = item;
    return others;
  }
  const inner = item[part];
  if (!isMap(inner)) throw invalid(`to write into ${part}, which is no map`);
  return { ...item, [part]: written(inner, rest, value) };
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  throw invalid(`to calculate with a ${typeof value}`);
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid(`to append to a ${typeof value}`);
}

function boundValue({ values }: Bindings, name: string): unknown {
  if (!Object.hasOwn(values, name)) throw invalid(`${name}, which has no value`);
  return values[name];
}

function nameOf({ names }: Bindings, name: string): string {
  const known = names[name];
  if (known === undefined) throw invalid(`${name}, which names nothing`);
  return known;
}
