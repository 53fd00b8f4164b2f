import { parseAst } from 'vitest/node';

/** A node of the syntax tree, of which only these fields are read. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

const timers = ['setTimeout', 'setInterval'];
const timerModules = ['node:timers', 'node:timers/promises', 'timers', 'timers/promises'];
/** Methods that wait for a time: the browser's, and those of the crowd in queue tests. */
const waits = ['waitForTimeout', 'pollFor'];

/** Returns the lines on which a source waits for a time instead of a condition. */
export function sleepsOf(source: string): number[] {
  const starts: number[] = [];
  visit(parseAst(source, { lang: 'ts' }), (node) => {
    if (isTimer(node)) starts.push(node.start);
  });
  return [...new Set(starts.map((start) => source.slice(0, start).split('\n').length))];
}

function isTimer(node: Node): boolean {
  if (node.type === 'ImportDeclaration' && isNode(node.source))
    return timerModules.includes(String(node.source.value));
  if (node.type === 'Identifier') return timers.includes(String(node.name));
  return (
    node.type === 'CallExpression' &&
    isNode(node.callee) &&
    node.callee.type === 'MemberExpression' &&
    isNode(node.callee.property) &&
    waits.includes(String(node.callee.property.name))
  );
}

/** Names of members are not uses: `socket.setTimeout`, `{ setTimeout: … }`. */
const memberName: Readonly<Record<string, string>> = {
  MemberExpression: 'property',
  Property: 'key',
  MethodDefinition: 'key',
  TSMethodSignature: 'key',
  TSPropertySignature: 'key',
};

/** Calls `seen` with every node that is a use. A syntax tree has no cycles, so the recursion ends. */
function visit(value: unknown, seen: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, seen);
  else if (isNode(value)) {
    seen(value);
    const ofGlobal = isNode(value.object) && value.object.name === 'globalThis';
    const skipped = value.computed === true || ofGlobal ? undefined : memberName[value.type];
    for (const [field, child] of Object.entries(value)) if (field !== skipped) visit(child, seen);
  }
}
