import type { Assembly, Stack, TemplateResource } from './assembly.ts';
import { referencesOf } from './references.ts';

/** One resource of one stack, with everything that must run before it. */
export interface PlannedResource {
  /** `stack/logicalId`, unique in the assembly. */
  readonly key: string;
  readonly stack: Stack;
  readonly logicalId: string;
  readonly resource: TemplateResource;
  readonly dependsOn: readonly string[];
}

export const crossRegionWriter = 'Custom::CrossRegionExportWriter';

/**
 * Checks the whole assembly before anything starts: every type is known, every reference has a target, and no resource
 * waits for itself.
 * @throws Error that lists all problems
 */
export function planAssembly(assembly: Assembly, isKnownType: (type: string) => boolean): PlannedResource[] {
  const problems: string[] = [];
  const exporters = exportersOf(assembly);
  const planned: PlannedResource[] = [];
  for (const stack of assembly.stacks) {
    for (const [logicalId, resource] of Object.entries(stack.template.Resources)) {
      const where = `${stack.name}/${logicalId}`;
      if (!isKnownType(resource.Type))
        problems.push(`${where}: resource type ${resource.Type} is not known to the local run`);
      const dependsOn = new Set<string>();
      const references = referencesOf(resource.Properties);
      for (const name of [...references.names, ...listOf(resource.DependsOn)]) {
        if (name in stack.template.Resources) dependsOn.add(`${stack.name}/${name}`);
        else if (!(name in stack.template.Parameters) && !name.startsWith('AWS::'))
          problems.push(`${where}: refers to ${name}, which ${stack.name} does not have`);
      }
      for (const name of references.imports) {
        const sources = exporters.exports.get(name);
        if (sources === undefined) problems.push(`${where}: imports ${name}, which no stack exports`);
        else for (const source of sources) dependsOn.add(source);
      }
      for (const name of references.outputs) {
        const sources = exporters.outputs.get(name);
        if (sources === undefined) problems.push(`${where}: reads output ${name}, which does not exist`);
        else for (const source of sources) dependsOn.add(source);
      }
      for (const name of references.parameters) {
        const writer = exporters.parameters.get(name);
        if (writer === undefined)
          problems.push(`${where}: reads SSM parameter ${name}, which no stack writes`);
        else dependsOn.add(writer);
      }
      for (const earlier of assembly.stacks.filter((other) => stack.dependsOn.includes(other.id)))
        for (const other of Object.keys(earlier.template.Resources))
          dependsOn.add(`${earlier.name}/${other}`);
      planned.push({ key: where, stack, logicalId, resource, dependsOn: [...dependsOn] });
    }
  }
  if (problems.length === 0) problems.push(...cycles(planned));
  if (problems.length > 0) throw new Error(`the templates cannot run here:\n  ${problems.join('\n  ')}`);
  return planned;
}

/** Writers of values that other stacks read: named outputs, and SSM parameters of other Regions. */
function exportersOf(assembly: Assembly) {
  const exports = new Map<string, string[]>();
  const outputs = new Map<string, string[]>();
  const parameters = new Map<string, string>();
  for (const stack of assembly.stacks) {
    for (const [outputName, output] of Object.entries(stack.template.Outputs)) {
      const sources = [...referencesOf(output.Value).names]
        .filter((name) => name in stack.template.Resources)
        .map((name) => `${stack.name}/${name}`);
      outputs.set(`${stack.name}/${outputName}`, sources);
      if (typeof output.Export?.Name === 'string') exports.set(output.Export.Name, sources);
    }
    for (const [logicalId, resource] of Object.entries(stack.template.Resources)) {
      if (resource.Type !== crossRegionWriter) continue;
      const properties = resource.Properties.WriterProps;
      if (typeof properties !== 'object' || properties === null || !('exports' in properties)) continue;
      for (const name of Object.keys(Object(properties.exports)))
        parameters.set(name, `${stack.name}/${logicalId}`);
    }
  }
  return { exports, outputs, parameters };
}

/** Returns a problem for each cycle of dependencies, because a resource in a cycle would never start. */
function cycles(planned: readonly PlannedResource[]): string[] {
  const byKey = new Map(planned.map((resource) => [resource.key, resource]));
  const state = new Map<string, 'open' | 'done'>();
  const found: string[] = [];
  const visit = (key: string, path: readonly string[]): void => {
    if (state.get(key) === 'done') return;
    if (state.get(key) === 'open') {
      found.push(`these wait for each other: ${[...path.slice(path.indexOf(key)), key].join(' -> ')}`);
      return;
    }
    state.set(key, 'open');
    for (const next of byKey.get(key)?.dependsOn ?? []) visit(next, [...path, key]);
    state.set(key, 'done');
  };
  for (const { key } of planned) visit(key, []);
  return found;
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
