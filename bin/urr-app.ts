#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { z } from 'zod';
import { buildApp } from '#infra/app.ts';
import { loadSettings } from '#infra/settings/load.ts';

// The toolkit passes the context of cdk.json; without the toolkit (CDK_OUTDIR and CDK_CONTEXT_JSON) the app reads it itself.
const { context } = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8')));

try {
  const app = new App({ context, treeMetadata: false, autoSynth: false });
  buildApp(app, loadSettings(app.node.getAllContext()), process.env.CDK_DEFAULT_ACCOUNT);
  app.synth();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
