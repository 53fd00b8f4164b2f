import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';

/** One resource as the template has it, before its intrinsic functions are resolved. */
const resourceSchema = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DependsOn: z.union([z.string(), z.array(z.string())]).optional(),
  Condition: z.string().optional(),
});
export type TemplateResource = z.infer<typeof resourceSchema>;

const templateSchema = z.object({
  Parameters: z
    .record(z.string(), z.object({ Type: z.string(), Default: z.unknown().optional() }))
    .default({}),
  Mappings: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z
    .record(z.string(), z.object({ Value: z.unknown(), Export: z.object({ Name: z.unknown() }).optional() }))
    .default({}),
});
export type Template = z.infer<typeof templateSchema>;

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      environment: z.string().optional(),
      dependencies: z.array(z.string()).default([]),
      properties: z
        .object({
          templateFile: z.string().optional(),
          stackName: z.string().optional(),
          file: z.string().optional(),
          directoryName: z.string().optional(),
        })
        .default({}),
    }),
  ),
});

const assetManifestSchema = z.object({
  files: z
    .record(
      z.string(),
      z.object({
        source: z.object({ path: z.string().optional(), packaging: z.string().optional() }),
        destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
      }),
    )
    .default({}),
  dockerImages: z
    .record(
      z.string(),
      z.object({
        source: z.object({ directory: z.string().optional() }),
        destinations: z.record(z.string(), z.object({ imageTag: z.string() })),
      }),
    )
    .default({}),
});

export interface Stack {
  /** Artifact id, which other stacks' `dependencies` contain. */
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly template: Template;
  /** Artifact ids of the stacks that are deployed before this one. */
  readonly dependsOn: readonly string[];
}

export interface Assembly {
  readonly stacks: readonly Stack[];
  /** File or folder of each asset, by its object key in the templates. */
  readonly assets: ReadonlyMap<string, string>;
  /** The folder that each image is built from, by image tag. */
  readonly images: ReadonlyMap<string, string>;
}

/** Account and Region of an environment-agnostic stack on one machine. */
const defaultAccount = '000000000000';
const defaultRegion = 'us-east-1';

/** Reads a cloud assembly (cdk.out): its stacks with their templates, and the paths of their assets. */
export async function readAssembly(directory: string): Promise<Assembly> {
  const manifest = await readJson(join(directory, 'manifest.json'), manifestSchema);
  const stacks: Stack[] = [];
  const assets = new Map<string, string>();
  const images = new Map<string, string>();
  for (const [id, artifact] of Object.entries(manifest.artifacts)) {
    const { templateFile, stackName, file, directoryName } = artifact.properties;
    if (artifact.type === 'aws:cloudformation:stack' && templateFile !== undefined) {
      const [account = '', region = ''] = (artifact.environment ?? '').replace(/^aws:\/\//, '').split('/');
      stacks.push({
        id,
        name: stackName ?? id,
        account: /^\d{12}$/.test(account) ? account : defaultAccount,
        region: /^[a-z]+-[a-z]+-\d$/.test(region) ? region : defaultRegion,
        template: await readJson(join(directory, templateFile), templateSchema),
        dependsOn: artifact.dependencies.filter(
          (other) => manifest.artifacts[other]?.type === 'aws:cloudformation:stack',
        ),
      });
    } else if (artifact.type === 'cdk:asset-manifest' && file !== undefined) {
      const { files, dockerImages } = await readJson(join(directory, file), assetManifestSchema);
      for (const { source, destinations } of Object.values(files)) {
        if (source.path === undefined) continue;
        for (const { objectKey } of Object.values(destinations))
          assets.set(objectKey, resolve(directory, source.path));
      }
      for (const { source, destinations } of Object.values(dockerImages)) {
        if (source.directory === undefined) continue;
        for (const { imageTag } of Object.values(destinations))
          images.set(imageTag, resolve(directory, source.directory));
      }
    } else if (artifact.type === 'cdk:cloud-assembly' && directoryName !== undefined) {
      const nested = await readAssembly(join(directory, directoryName));
      stacks.push(...nested.stacks);
      for (const [key, path] of nested.assets) assets.set(key, path);
      for (const [tag, path] of nested.images) images.set(tag, path);
    }
  }
  return { stacks, assets, images };
}

async function readJson<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>> {
  const parsed = schema.safeParse(JSON.parse(await readFile(path, 'utf8')));
  if (!parsed.success)
    throw new Error(
      `${path} is not a valid file of a cloud assembly; run npm run synth again: ${z.prettifyError(parsed.error)}`,
    );
  return parsed.data;
}
