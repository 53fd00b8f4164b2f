import { getAttArgument, intrinsicCall, substitutionPattern } from './intrinsics.ts';

/** References of a template value, found without evaluating it. */
interface References {
  /** Logical ids and parameters (`Ref`, `Fn::GetAtt`, `Fn::Sub`). */
  readonly names: Set<string>;
  /** `Fn::ImportValue` with a literal name. */
  readonly imports: Set<string>;
  /** `Fn::GetStackOutput` with literal names, as `stack/output`. */
  readonly outputs: Set<string>;
  /** SSM parameters in `{{resolve:ssm:…}}`, by which a stack reads the outputs of a stack in another Region. */
  readonly parameters: Set<string>;
}

const ssmPattern = /\{\{resolve:ssm:([^{}:]+)(?::\d+)?\}\}/g;

export function referencesOf(value: unknown, into: References = emptyReferences()): References {
  if (typeof value === 'string') {
    for (const match of value.matchAll(ssmPattern)) if (match[1] !== undefined) into.parameters.add(match[1]);
  } else if (Array.isArray(value)) {
    for (const element of value) referencesOf(element, into);
  } else if (typeof value === 'object' && value !== null) {
    const call = intrinsicCall(value);
    if (call === undefined) for (const part of Object.values(value)) referencesOf(part, into);
    else referencesOfCall(call.name, call.argument, into);
  }
  return into;
}

function referencesOfCall(name: string, argument: unknown, into: References): void {
  if (name === 'Ref' && typeof argument === 'string') into.names.add(argument);
  else if (name === 'Fn::GetAtt') {
    const [logicalId, attribute] = getAttArgument(argument);
    into.names.add(logicalId);
    referencesOf(attribute, into);
  } else if (name === 'Fn::ImportValue' && typeof argument === 'string') into.imports.add(argument);
  else if (name === 'Fn::GetStackOutput') {
    const { StackName, OutputName } = Object(argument);
    if (typeof StackName === 'string' && typeof OutputName === 'string')
      into.outputs.add(`${StackName}/${OutputName}`);
    referencesOf(argument, into);
  } else if (name === 'Fn::Sub') referencesOfSub(argument, into);
  else referencesOf(argument, into);
}

function referencesOfSub(argument: unknown, into: References): void {
  const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
  if (typeof template !== 'string') return;
  const own = typeof variables === 'object' && variables !== null ? variables : {};
  referencesOf(own, into);
  for (const match of template.matchAll(substitutionPattern)) {
    const name = (match[2] ?? '').trim();
    if (match[1] !== '!' && !(name in own)) into.names.add(name.split('.')[0] ?? name);
  }
}

function emptyReferences(): References {
  return { names: new Set(), imports: new Set(), outputs: new Set(), parameters: new Set() };
}
