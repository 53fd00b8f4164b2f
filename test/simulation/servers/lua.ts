import luaparse from 'luaparse';
import { LuaTable, library, type Value } from './lua-library.ts';

/**
 * Compiles the Lua of URR's scripts to JavaScript, so that their real text runs inside the simulator at V8's speed.
 * Only what the scripts use is supported: anything else throws at compilation or at its first use.
 * test/simulation/servers.test.ts compares it with a real redis-server.
 */
type RedisCall = (command: string, ...args: string[]) => Value;
type CompiledScript = (call: RedisCall, keys: readonly string[], args: readonly string[]) => Value;

const compiled = new Map<string, CompiledScript>();

export function compileLua(source: string): CompiledScript {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const code = new Compiler().chunk(luaparse.parse(source, { luaVersion: '5.1', comments: false }));
  const run: unknown = new Function('L', 'KEYS', 'ARGV', 'redis_call', code);
  if (typeof run !== 'function') throw new Error('a script compiles to a function');
  const script: CompiledScript = (call, keys, args) =>
    run(library, LuaTable.from(keys), LuaTable.from(args), (...all: Value[]) =>
      call(String(all[0]), ...all.slice(1).map(library.argument)),
    );
  compiled.set(source, script);
  return script;
}

/** Builtins with one result, by their Lua names. */
const builtins: Readonly<Record<string, string>> = {
  tonumber: 'L.tonumber',
  tostring: 'L.tostring',
  'math.floor': 'Math.floor',
  'math.max': 'Math.max',
  'math.min': 'Math.min',
  'string.format': 'L.format',
  'table.concat': 'L.tableConcat',
  'redis.call': 'redis_call',
};
/** Builtins with several results, which they return as an array. */
const multiBuiltins: Readonly<Record<string, string>> = {
  'string.match': 'L.match',
  'string.find': 'L.find',
  unpack: 'L.unpack',
};
const binary: Readonly<Record<string, string>> = {
  '+': 'L.add',
  '-': 'L.subtract',
  '*': 'L.multiply',
  '/': 'L.divide',
  '%': 'L.modulo',
  '..': 'L.concat',
  '<': 'L.less',
  '<=': 'L.lessOrEqual',
};

class Compiler {
  #scopes: Map<string, string>[] = [];
  #names = 0;

  chunk({ body }: luaparse.Chunk): string {
    return `'use strict';\n${this.#block(body)}`;
  }

  #block(body: readonly luaparse.Statement[], names: readonly string[] = []): string {
    const scope = new Map<string, string>();
    this.#scopes.push(scope);
    for (const name of names) this.#declare(name);
    const code = body.map((statement) => this.#statement(statement)).join('\n');
    this.#scopes.pop();
    return code;
  }

  #declare(name: string): string {
    const unique = `${name}_${this.#names++}`;
    this.#scopes.at(-1)?.set(name, unique);
    return unique;
  }

  #resolve(name: string): string | undefined {
    return this.#scopes.findLast((scope) => scope.has(name))?.get(name);
  }

  #statement(node: luaparse.Statement): string {
    switch (node.type) {
      case 'LocalStatement': {
        const values = this.#values(node.init, node.variables.length);
        const names = node.variables.map(({ name }) => this.#declare(name));
        return `let [${names.join(', ')}] = ${values};`;
      }
      case 'AssignmentStatement':
        return this.#assignment(node);
      case 'CallStatement':
        return `${this.#expression(node.expression)};`;
      case 'IfStatement':
        return node.clauses
          .map((clause) => {
            const body = `{\n${this.#block(clause.body)}\n}`;
            if (clause.type === 'ElseClause') return `else ${body}`;
            const word = clause.type === 'IfClause' ? 'if' : 'else if';
            return `${word} (L.truth(${this.#expression(clause.condition)})) ${body}`;
          })
          .join(' ');
      case 'WhileStatement':
        return `while (L.truth(${this.#expression(node.condition)})) {\n${this.#block(node.body)}\n}`;
      case 'ForNumericStatement':
        return this.#countingLoop(node);
      case 'ForGenericStatement':
        return this.#listLoop(node);
      case 'ReturnStatement':
        return `return ${node.arguments.length === 0 ? 'undefined' : this.#expression(only(node.arguments))};`;
      case 'BreakStatement':
        return 'break;';
      case 'FunctionDeclaration':
        return this.#function(node);
      default:
        throw unknown(node.type);
    }
  }

  #assignment({ variables, init }: luaparse.AssignmentStatement): string {
    const target = (variable: luaparse.Identifier | luaparse.MemberExpression | luaparse.IndexExpression) => {
      if (variable.type === 'Identifier') return (value: string) => `${this.#name(variable)} = ${value};`;
      if (variable.type !== 'IndexExpression') throw unknown(`assignment to a ${variable.type}`);
      const [base, index] = [this.#expression(variable.base), this.#expression(variable.index)];
      return (value: string) => `L.put(${base}, ${index}, ${value});`;
    };
    const [variable] = variables;
    if (variables.length === 1 && variable !== undefined)
      return target(variable)(this.#expression(only(init)));
    const values = `values_${this.#names++}`;
    const puts = variables.map((each, at) => target(each)(`${values}[${at}]`));
    return `{ const ${values} = ${this.#values(init, variables.length)}; ${puts.join(' ')} }`;
  }

  #countingLoop({ variable, start, end, step, body }: luaparse.ForNumericStatement): string {
    if (step !== null && step.type !== 'NumericLiteral') throw unknown('a step that is not a number');
    const by = step === null ? 1 : step.value;
    if (by <= 0) throw unknown('a loop that counts down');
    const [from, to] = [this.#expression(start), this.#expression(end)];
    const [counter, last] = [`counter_${this.#names++}`, `last_${this.#names++}`];
    this.#scopes.push(new Map());
    const name = this.#declare(variable.name);
    const code = this.#block(body);
    this.#scopes.pop();
    return `for (let ${counter} = ${from}, ${last} = ${to}; ${counter} <= ${last}; ${counter} += ${by}) {\nlet ${name} = ${counter};\n${code}\n}`;
  }

  #listLoop({ variables, iterators, body }: luaparse.ForGenericStatement): string {
    const call = only(iterators);
    if (call.type !== 'CallExpression' || call.base.type !== 'Identifier' || call.base.name !== 'ipairs')
      throw unknown('a loop over anything but ipairs');
    const list = this.#expression(only(call.arguments));
    this.#scopes.push(new Map());
    const [at, value] = variables.map(({ name }) => this.#declare(name));
    const code = this.#block(body);
    this.#scopes.pop();
    return `for (const [${at}, ${value ?? `unused_${this.#names++}`}] of L.ipairs(${list})) {\n${code}\n}`;
  }

  #function(node: luaparse.FunctionDeclaration): string {
    if (!node.isLocal || node.identifier?.type !== 'Identifier')
      throw unknown('a function that is not local');
    const name = this.#declare(node.identifier.name);
    this.#scopes.push(new Map());
    const parameters = node.parameters.map((parameter) => {
      if (parameter.type !== 'Identifier') throw unknown('a function of many values');
      return this.#declare(parameter.name);
    });
    const code = this.#block(node.body);
    this.#scopes.pop();
    return `function ${name}(${parameters.join(', ')}) {\n${code}\n}`;
  }

  /** Returns a JavaScript array of at least `wanted` values. A last call with several results is spread, as in Lua. */
  #values(expressions: readonly luaparse.Expression[], wanted: number): string {
    if (expressions.length > wanted) throw unknown('more values than names');
    return `[${this.#spread(expressions)}]`;
  }

  #spread(expressions: readonly luaparse.Expression[]): string {
    return expressions
      .map((expression, at) => {
        const isLast = at === expressions.length - 1;
        return isLast && this.#isMulti(expression)
          ? `...${this.#call(expression)}`
          : this.#expression(expression);
      })
      .join(', ');
  }

  #isMulti(node: luaparse.Expression): node is luaparse.CallExpression {
    return node.type === 'CallExpression' && multiBuiltins[this.#path(node.base) ?? ''] !== undefined;
  }

  /** Returns the global name of an expression, such as `string.match`. Undefined: it is local or has no name. */
  #path(node: luaparse.Expression): string | undefined {
    if (node.type === 'Identifier') return this.#resolve(node.name) === undefined ? node.name : undefined;
    if (node.type !== 'MemberExpression' || node.indexer !== '.') return undefined;
    const base = this.#path(node.base);
    return base === undefined ? undefined : `${base}.${node.identifier.name}`;
  }

  #call({ base, arguments: given }: luaparse.CallExpression): string {
    const path = this.#path(base);
    const name = path === undefined ? this.#expression(base) : (builtins[path] ?? multiBuiltins[path]);
    if (name === undefined) throw unknown(`function ${path}`);
    return `${name}(${this.#spread(given)})`;
  }

  #name({ name }: luaparse.Identifier): string {
    const known = this.#resolve(name) ?? (name === 'KEYS' || name === 'ARGV' ? name : undefined);
    if (known === undefined) throw unknown(`global ${name}`);
    return known;
  }

  #expression(node: luaparse.Expression): string {
    switch (node.type) {
      case 'NumericLiteral':
        return String(node.value);
      case 'StringLiteral':
        return JSON.stringify(text(node));
      case 'BooleanLiteral':
        return String(node.value);
      case 'NilLiteral':
        return 'undefined';
      case 'Identifier':
        return this.#name(node);
      case 'IndexExpression':
        return `L.index(${this.#expression(node.base)}, ${this.#expression(node.index)})`;
      case 'CallExpression':
        return this.#isMulti(node) ? `${this.#call(node)}[0]` : this.#call(node);
      case 'TableConstructorExpression':
        return `L.table(${this.#spread(
          node.fields.map((field) => {
            if (field.type !== 'TableValue') throw unknown('a table with names');
            return field.value;
          }),
        )})`;
      case 'LogicalExpression': {
        const [left, right] = [this.#expression(node.left), this.#expression(node.right)];
        const value = `v_${this.#names++}`;
        const isTrue = `L.truth(${value})`;
        const chosen = node.operator === 'and' ? `${right} : ${value}` : `${value} : ${right}`;
        return `((${value}) => ${isTrue} ? ${chosen})(${left})`;
      }
      case 'UnaryExpression':
        return this.#unary(node);
      case 'BinaryExpression':
        return this.#binary(node);
      default:
        throw unknown(node.type);
    }
  }

  #unary({ operator, argument }: luaparse.UnaryExpression): string {
    const value = this.#expression(argument);
    if (operator === 'not') return `!L.truth(${value})`;
    if (operator === '#') return `L.length(${value})`;
    if (operator === '-') return `-(${value})`;
    throw unknown(`operator ${operator}`);
  }

  #binary(node: luaparse.BinaryExpression): string {
    const [left, right] = [this.#expression(node.left), this.#expression(node.right)];
    switch (node.operator) {
      case '==':
        return `(${left} === ${right})`;
      case '~=':
        return `(${left} !== ${right})`;
      case '>':
        return `L.less(${right}, ${left})`;
      case '>=':
        return `L.lessOrEqual(${right}, ${left})`;
      default: {
        const known = binary[node.operator];
        if (known === undefined) throw unknown(`operator ${node.operator}`);
        return `${known}(${left}, ${right})`;
      }
    }
  }
}

/** luaparse keeps the quotes. The scripts escape only the end of a line. */
function text({ raw }: luaparse.StringLiteral): string {
  const inner = raw.slice(1, -1).replaceAll('\\n', '\n');
  if (raw.startsWith('[') || inner.includes('\\')) throw unknown(`text ${raw}`);
  return inner;
}

function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined || items.length > 1) throw unknown('several values in the place of one');
  return item;
}

const unknown = (what: string) => new Error(`the simulator does not know this Lua: ${what}`);
