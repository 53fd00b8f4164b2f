import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { parseAst } from 'vitest/node';

/**
 * The folder tree's import rules (docs/architecture/README.md, "Folders say where code runs") as data, and the check.
 * Files of no room (tests, build scripts) may import what they like.
 */
interface Room {
  readonly name: string;
  /** Path prefixes from the root of the repository. */
  readonly paths: readonly string[];
  /** Rooms it may import, beside itself. */
  readonly rooms: readonly string[];
  /** Packages by name; `dependencies`: whatever production installs; `node`: Node's own modules. */
  readonly packages: readonly string[];
  /** No clock, no chance, no environment, no I/O. */
  readonly pure?: true;
  /** Each sub-folder is one deployable and may not import another. */
  readonly separate?: true;
  /** It may import what it is told at run time: the bundles of the templates. */
  readonly loads?: true;
}

const room = (
  name: string,
  paths: readonly string[],
  rooms: readonly string[],
  packages: readonly string[],
  rest: Pick<Room, 'pure' | 'separate' | 'loads'> = {},
): Room => ({ name, paths, rooms, packages, ...rest });

const shell = ['node', 'dependencies', 'aws-lambda'];
const synthesis = ['node', 'aws-cdk-lib', 'constructs', 'cdk-nag', 'zod', 'esbuild'];

export const rooms: readonly Room[] = [
  room('lib/contract', ['lib/contract/'], [], ['zod'], { pure: true }),
  room('lib/core', ['lib/core/'], ['lib/contract'], ['zod'], { pure: true }),
  room('lib/adapters', ['lib/adapters/'], ['lib/core', 'lib/contract'], shell),
  room('functions', ['functions/'], ['lib/core', 'lib/contract', 'lib/adapters'], shell, { separate: true }),
  // Make the edge's and the pages' bundles: run at synthesis, not at the edge and in no browser.
  room('edge/bundle', ['edge/bundle.ts'], ['lib/core', 'lib/contract'], synthesis),
  room('web/build', ['web/build.ts'], ['web', 'lib/core', 'lib/contract'], synthesis),
  room('edge', ['edge/'], ['lib/core', 'lib/contract'], shell, { separate: true }),
  room(
    'lib/infra',
    ['lib/infra/', 'bin/urr-app.ts'],
    ['lib/core', 'lib/contract', 'edge/bundle', 'web/build'],
    synthesis,
  ),
  room(
    'lib/local',
    ['lib/local/', 'bin/local.ts'],
    ['lib/contract'],
    ['node', 'dependencies', 'devDependencies'],
    { loads: true },
  ),
  room('web', ['web/'], ['lib/core', 'lib/contract'], ['preact', 'zod']),
  room('lib/cli', ['lib/cli/', 'bin/urr.ts'], ['lib/adapters', 'lib/core', 'lib/contract'], shell),
];

/** What package.json says: aliases (`#core/*` → `lib/core/`) and the two lists of packages. */
export interface PackageFacts {
  readonly aliases: Readonly<Record<string, string>>;
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
}

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
}

/** Checks one file. `file` is its path from the root, with forward slashes. */
export function checkFile(file: string, source: string, facts: PackageFacts): Violation[] {
  const own = roomOf(file);
  if (own === undefined) return [];
  const violations: Violation[] = [];
  const report = (node: Node, rule: string) =>
    violations.push({ file, line: source.slice(0, node.start).split('\n').length, rule });

  for (const node of nodesOf(parse(file, source))) {
    const specifier = importedSpecifier(node);
    if (specifier === 'computed' && own.loads) continue;
    if (specifier === 'computed') report(node, `${own.name}: an import's name must be spelt out`);
    else if (specifier !== undefined) {
      const rule = brokenImportRule(own, file, specifier, facts);
      if (rule !== undefined) report(node, rule);
    }
    const impurity = own.pure ? impureUse(node) : undefined;
    if (impurity !== undefined) report(node, `${own.name} is pure: no ${impurity}`);
  }
  return violations;
}

function roomOf(file: string): Room | undefined {
  return rooms.find(({ paths }) =>
    paths.some((path) => file === path || (path.endsWith('/') && file.startsWith(path))),
  );
}

function brokenImportRule(
  own: Room,
  file: string,
  specifier: string,
  facts: PackageFacts,
): string | undefined {
  const target = resolveInside(file, specifier, facts);
  if (target === undefined) return brokenPackageRule(own, specifier, facts);
  if (
    own.separate &&
    roomOf(target) === own &&
    !isShared(target) &&
    deployableOf(target) !== deployableOf(file)
  ) {
    return `${deployableOf(file)} must not import ${deployableOf(target)}: each is deployed alone`;
  }
  const other = roomOf(target);
  if (other === own || (other !== undefined && own.rooms.includes(other.name))) return undefined;
  return `${own.name} must not import ${other?.name ?? target}`;
}

function brokenPackageRule(own: Room, specifier: string, facts: PackageFacts): string | undefined {
  const name = packageName(specifier);
  const isNode = specifier.startsWith('node:') || builtinModules.includes(specifier);
  const isAllowed = own.packages.some((allowed) => {
    if (allowed === 'node') return isNode;
    if (allowed === 'dependencies') return facts.dependencies.has(name);
    if (allowed === 'devDependencies') return facts.devDependencies.has(name);
    return allowed === name;
  });
  return isAllowed ? undefined : `${own.name} must not import ${isNode ? specifier : name}`;
}

/** Path from the root of what a relative or aliased specifier names; undefined for a package. */
function resolveInside(file: string, specifier: string, facts: PackageFacts): string | undefined {
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(file), specifier));
  for (const [alias, path] of Object.entries(facts.aliases)) {
    if (specifier.startsWith(alias)) return posix.normalize(path + specifier.slice(alias.length));
  }
  return undefined;
}

/** What several deployables of one room need stands beside them, and is bundled into each. */
const isShared = (file: string) => file.split('/')[1] === 'shared';
const deployableOf = (file: string) => file.split('/').slice(0, 2).join('/');
const packageName = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** A node of the syntax tree, of which only these fields are read. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function parse(file: string, source: string): unknown {
  return parseAst(source, { lang: file.endsWith('.tsx') ? 'tsx' : 'ts' });
}

/** Every node of the tree. A syntax tree has no cycles, so this ends. */
function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* nodesOf(item);
  else if (isNode(value)) {
    yield value;
    for (const child of Object.values(value)) if (typeof child === 'object') yield* nodesOf(child);
  }
}

const importingTypes = [
  'ImportDeclaration',
  'ExportAllDeclaration',
  'ExportNamedDeclaration',
  'ImportExpression',
];

function importedSpecifier(node: Node): string | undefined {
  if (node.type === 'TSImportType') return literal(node.source ?? node.argument);
  if (!importingTypes.includes(node.type)) return undefined;
  return literal(node.source) ?? (node.type === 'ImportExpression' ? 'computed' : undefined);
}

function literal(value: unknown): string | undefined {
  return isNode(value) && typeof value.value === 'string' ? value.value : undefined;
}

/** Members that answer differently from call to call. */
const impureMembers: Readonly<Record<string, readonly string[]>> = {
  process: ['*'],
  Date: ['now'],
  Math: ['random'],
  performance: ['*'],
  crypto: ['randomUUID', 'getRandomValues'],
  globalThis: ['process', 'fetch', 'crypto', 'performance'],
};
const impureCalls = ['fetch', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'require'];

function impureUse(node: Node): string | undefined {
  const callee = name(node.callee);
  if (node.type === 'MemberExpression') {
    const [object, property] = [name(node.object), name(node.property) ?? literal(node.property)];
    if (object === undefined || !Object.hasOwn(impureMembers, object)) return undefined;
    const members = impureMembers[object] ?? [];
    return members.includes('*') || (property !== undefined && members.includes(property))
      ? `${object}.${property ?? '…'}`
      : undefined;
  }
  const hasNoArguments = Array.isArray(node.arguments) && node.arguments.length === 0;
  if (node.type === 'NewExpression' && callee === 'Date' && hasNoArguments)
    return 'new Date() of the present';
  if (node.type !== 'CallExpression' || callee === undefined) return undefined;
  if (callee === 'Date') return 'Date() of the present';
  return impureCalls.includes(callee) ? `${callee}()` : undefined;
}

function name(value: unknown): string | undefined {
  return isNode(value) && value.type === 'Identifier' && typeof value.name === 'string'
    ? value.name
    : undefined;
}
