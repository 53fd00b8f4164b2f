/**
 * CloudFormation's intrinsic functions. Evaluation is asynchronous: a reference waits until the resource it names runs.
 */

/** Resolves references of one stack. Every lookup throws an error that names the missing item. */
export interface Scope {
  ref(name: string): Promise<unknown>;
  getAtt(logicalId: string, attribute: string): Promise<unknown>;
  importValue(name: string): Promise<unknown>;
  stackOutput(stackName: string, outputName: string): Promise<unknown>;
  condition(name: string): Promise<boolean>;
  findInMap(map: string, first: string, second: string): unknown;
  zones(region: string): readonly string[];
  /** `{{resolve:…}}`, without the braces and the word. */
  dynamicReference(reference: string): Promise<string>;
}

/** `AWS::NoValue`: the property or list element is left out. */
export const noValue = Symbol('AWS::NoValue');

type Intrinsic = (argument: unknown, scope: Scope) => Promise<unknown>;

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: async (name, scope) => scope.ref(text(name, 'Ref')),
  'Fn::GetAtt': async (argument, scope) => {
    const [logicalId, attribute] = getAttArgument(argument);
    return scope.getAtt(logicalId, text(await evaluate(attribute, scope), 'Fn::GetAtt'));
  },
  'Fn::Join': async (argument, scope) => {
    const [separator, parts] = await list(argument, scope, 'Fn::Join', 2);
    return elements(parts, 'Fn::Join')
      .map((part) => scalar(part, 'Fn::Join'))
      .join(text(separator, 'Fn::Join'));
  },
  'Fn::Split': async (argument, scope) => {
    const [separator, source] = await list(argument, scope, 'Fn::Split', 2);
    return text(source, 'Fn::Split').split(text(separator, 'Fn::Split'));
  },
  'Fn::Select': async (argument, scope) => {
    const [index, from] = await list(argument, scope, 'Fn::Select', 2);
    const candidates = elements(from, 'Fn::Select');
    const chosen = candidates[Number(index)];
    if (chosen === undefined)
      throw new Error(`Fn::Select has no element ${String(index)} among ${candidates.length}`);
    return chosen;
  },
  'Fn::Sub': async (argument, scope) => {
    const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
    const values = record(await evaluate(variables, scope));
    return substitute(text(template, 'Fn::Sub'), values, scope);
  },
  'Fn::ImportValue': async (argument, scope) =>
    scope.importValue(text(await evaluate(argument, scope), 'Fn::ImportValue')),
  'Fn::GetStackOutput': async (argument, scope) => {
    const { StackName, OutputName } = record(await evaluate(argument, scope));
    return scope.stackOutput(text(StackName, 'Fn::GetStackOutput'), text(OutputName, 'Fn::GetStackOutput'));
  },
  'Fn::If': async (argument, scope) => {
    const [name, whenTrue, whenFalse] = elements(argument, 'Fn::If');
    return evaluate((await scope.condition(text(name, 'Fn::If'))) ? whenTrue : whenFalse, scope);
  },
  'Fn::FindInMap': async (argument, scope) => {
    const [map, first, second] = await list(argument, scope, 'Fn::FindInMap', 3);
    return scope.findInMap(
      text(map, 'Fn::FindInMap'),
      text(first, 'Fn::FindInMap'),
      text(second, 'Fn::FindInMap'),
    );
  },
  'Fn::GetAZs': async (argument, scope) => scope.zones(text(await evaluate(argument, scope), 'Fn::GetAZs')),
  'Fn::Base64': async (argument, scope) =>
    Buffer.from(text(await evaluate(argument, scope), 'Fn::Base64')).toString('base64'),
  'Fn::Equals': async (argument, scope) => {
    const [left, right] = await list(argument, scope, 'Fn::Equals', 2);
    return scalar(left, 'Fn::Equals') === scalar(right, 'Fn::Equals');
  },
  'Fn::Not': async (argument, scope) => !truth((await list(argument, scope, 'Fn::Not', 1))[0]),
  'Fn::And': async (argument, scope) => (await list(argument, scope, 'Fn::And')).every(truth),
  'Fn::Or': async (argument, scope) => (await list(argument, scope, 'Fn::Or')).some(truth),
  Condition: async (name, scope) => scope.condition(text(name, 'Condition')),
};

/** Name and argument when the value is a call of an intrinsic function. */
export function intrinsicCall(value: unknown): { name: string; argument: unknown } | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length !== 1 || only === undefined) return undefined;
  const [name, argument] = only;
  if (name.startsWith('Fn::') && !(name in intrinsics))
    throw new Error(`intrinsic function ${name} is not known to the local run`);
  // `Condition` is also a property of IAM statements. In a call its argument is a plain name.
  if (name === 'Condition' && typeof argument !== 'string') return undefined;
  return name in intrinsics ? { name, argument } : undefined;
}

/** A value with every intrinsic function and dynamic reference in it resolved. */
export async function evaluate(value: unknown, scope: Scope): Promise<unknown> {
  if (typeof value === 'string') return resolveDynamic(value, scope);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const evaluated = await Promise.all(value.map((element) => evaluate(element, scope)));
    return evaluated.filter((element) => element !== noValue);
  }
  const call = intrinsicCall(value);
  if (call !== undefined) {
    const result = await intrinsics[call.name]?.(call.argument, scope);
    return typeof result === 'string' ? resolveDynamic(result, scope) : result;
  }
  const entries = await Promise.all(
    Object.entries(value).map(async ([key, part]) => [key, await evaluate(part, scope)] as const),
  );
  return Object.fromEntries(entries.filter(([, part]) => part !== noValue));
}

const dynamicPattern = /\{\{resolve:([^{}]+)\}\}/;

async function resolveDynamic(value: string, scope: Scope): Promise<string> {
  let resolved = value;
  // At most as many rounds as a string can hold references; CloudFormation allows 60 per template.
  for (let round = 0; round < 60; round++) {
    const match = dynamicPattern.exec(resolved);
    if (match?.[1] === undefined) return resolved;
    const found = await scope.dynamicReference(match[1]);
    resolved = resolved.slice(0, match.index) + found + resolved.slice(match.index + match[0].length);
  }
  throw new Error('more than 60 dynamic references in one value');
}

/** `${Name}`, `${Name.Attribute}`, and `${!Literal}` in the text of Fn::Sub. */
export const substitutionPattern = /\$\{(!?)([^{}]+)\}/g;

async function substitute(
  template: string,
  values: Readonly<Record<string, unknown>>,
  scope: Scope,
): Promise<string> {
  let result = '';
  let end = 0;
  for (const match of template.matchAll(substitutionPattern)) {
    const name = (match[2] ?? '').trim();
    result += template.slice(end, match.index);
    end = match.index + match[0].length;
    if (match[1] === '!') result += `\${${name}}`;
    else if (name in values) result += scalar(values[name], 'Fn::Sub');
    else if (name.includes('.')) {
      const [logicalId, attribute] = getAttArgument(name);
      result += scalar(await scope.getAtt(logicalId, text(attribute, 'Fn::Sub')), 'Fn::Sub');
    } else result += scalar(await scope.ref(name), 'Fn::Sub');
  }
  return result + template.slice(end);
}

/** `[logicalId, attribute]` from either form of Fn::GetAtt. */
export function getAttArgument(argument: unknown): [string, unknown] {
  if (typeof argument === 'string') {
    const dot = argument.indexOf('.');
    if (dot > 0) return [argument.slice(0, dot), argument.slice(dot + 1)];
  }
  const [logicalId, attribute] = elements(argument, 'Fn::GetAtt');
  return [text(logicalId, 'Fn::GetAtt'), attribute];
}

async function list(argument: unknown, scope: Scope, name: string, length?: number): Promise<unknown[]> {
  const evaluated = elements(await evaluate(argument, scope), name);
  if (length !== undefined && evaluated.length !== length)
    throw new Error(`${name} takes ${length} arguments, not ${evaluated.length}`);
  return evaluated;
}

function elements(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${name} needs a list, not ${describe(value)}`);
  return value;
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new Error(`${name} needs a string, not ${describe(value)}`);
  return value;
}

function scalar(value: unknown, name: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new Error(`${name} needs a string, not ${describe(value)}`);
}

function truth(value: unknown): boolean {
  return value === true || value === 'true';
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** Returns only the kind of the value, because the value may be a secret. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}
