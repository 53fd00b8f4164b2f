import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { buildApp } from '#infra/app.ts';
import type { StackPart } from '#infra/names.ts';
import { environmentSettings } from '#infra/settings/environments.ts';
import { loadSettings, parseSettings } from '#infra/settings/load.ts';
import type { EnvironmentName, SettingsInput } from '#infra/settings/schema.ts';
import cdk from '../../../cdk.json' with { type: 'json' };

export type Properties = Readonly<Record<string, unknown>>;
export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: Properties;
  readonly resource: Properties;
}
interface Synthesized {
  readonly app: App;
  /** Lookups in an account that the synthesis would need. */
  readonly missing: readonly unknown[];
  template(part: StackPart): Template;
  /** Resources of one type in all stacks, or in one. */
  resources(type: string, part?: StackPart): readonly Resource[];
  /** Every resource of every stack. */
  readonly all: readonly Resource[];
}

const partOf: Readonly<Record<string, StackPart>> = {
  State: 'state',
  Identity: 'identity',
  Network: 'network',
  Queue: 'queue',
  Sales: 'sales',
  WaitingRoom: 'waiting-room',
  Edge: 'edge',
  Delivery: 'delivery',
  Observability: 'observability',
  EdgeObservability: 'edge-observability',
};
const record = (value: unknown): Properties =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};

interface SynthesisOptions {
  readonly account?: string;
  readonly cycleSeconds?: number;
  /** Replaces those of the environment. */
  readonly workers?: SettingsInput['workers'];
  /** Bundles take a second. Without them only hashes of a template differ. */
  readonly isBundled?: boolean;
  /** A change of the app before the synthesis. */
  readonly change?: (app: App) => void;
}

/** Rates and periods that no environment has. */
export const otherWorkers: SettingsInput['workers'] = {
  ...environmentSettings.dev.workers,
  admissionsPerSecond: 400,
  rounds: { tickMs: 250, ticksAtOnce: 32, sweepMs: 500, reconcileMs: 5_000 },
};

const made = new Map<string, Synthesized>();

/**
 * Returns the app of one environment as `cdk synth` makes it. Made once for all test files, which share a process
 * (vitest.config.ts), because a synthesis takes seconds.
 */
export function synthesize(environment: EnvironmentName, options: SynthesisOptions = {}): Synthesized {
  if (options.change !== undefined) return synthesizeAnew(environment, options);
  const key = JSON.stringify([environment, options]);
  const one = made.get(key) ?? synthesizeAnew(environment, options);
  made.set(key, one);
  return one;
}

function synthesizeAnew(environment: EnvironmentName, options: SynthesisOptions): Synthesized {
  const outdir = mkdtempSync(join(tmpdir(), 'urr-infra-'));
  try {
    return synthesizeInto(outdir, environment, options);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function synthesizeInto(
  outdir: string,
  environment: EnvironmentName,
  options: SynthesisOptions,
): Synthesized {
  const app = new App({
    outdir,
    autoSynth: false,
    treeMetadata: false,
    context: { ...cdk.context, ...(options.isBundled ? {} : { 'aws:cdk:bundling-stacks': [] }) },
  });
  const { cycleSeconds } = options;
  const loaded = loadSettings({
    env: environment,
    ...(cycleSeconds === undefined ? {} : { cycleSeconds }),
  });
  const settings =
    options.workers === undefined ? loaded : parseSettings({ ...loaded, workers: options.workers });
  buildApp(app, settings, options.account);
  options.change?.(app);
  const { missing = [] } = app.synth().manifest;
  const templates = new Map<StackPart, Template>();
  for (const child of app.node.children) {
    const part = partOf[child.node.id];
    if (part !== undefined && Stack.isStack(child)) templates.set(part, Template.fromStack(child));
  }
  const template = (part: StackPart): Template => {
    const found = templates.get(part);
    if (found === undefined) throw new Error(`no stack ${part}`);
    return found;
  };
  const all = [...templates.values()].flatMap((one) =>
    Object.entries(record(one.toJSON().Resources)).map(([id, value]) => {
      const resource = record(value);
      return { id, type: String(resource.Type), properties: record(resource.Properties), resource };
    }),
  );
  return {
    app,
    missing,
    template,
    all,
    resources: (type, part) => {
      const ids = part === undefined ? undefined : new Set(Object.keys(template(part).findResources(type)));
      return all.filter((r) => r.type === type && (ids === undefined || ids.has(r.id)));
    },
  };
}

export { record };
