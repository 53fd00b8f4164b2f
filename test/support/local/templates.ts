import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { synthesize } from '#local/synthesize.ts';

/** A template that tests change: unvalidated JSON. */
export interface EditableTemplate {
  readonly Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
}

const templateSchema = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});
const assetsSchema = z.looseObject({
  dockerImages: z
    .record(z.string(), z.looseObject({ source: z.looseObject({ directory: z.string().optional() }) }))
    .default({}),
  files: z.record(z.string(), z.looseObject({ source: z.looseObject({ path: z.string().optional() }) })),
});

/**
 * Runs `use` with a copy of the synthesized assembly. `edit` is called for each stack and changes its template. The
 * assets are not copied.
 */
export async function withEditedTemplates<T>(
  edit: (stackName: string, template: EditableTemplate) => void,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const source = await synthesize('dev', () => {});
  const copy = await mkdtemp(join(tmpdir(), 'urr-templates-'));
  try {
    for (const name of await readdir(source)) {
      if (!name.endsWith('.json')) continue;
      let text = await readFile(join(source, name), 'utf8');
      if (name.endsWith('.template.json')) {
        const template = templateSchema.parse(JSON.parse(text));
        edit(name.replace('.template.json', ''), template);
        text = JSON.stringify(template);
      } else if (name.endsWith('.assets.json')) {
        const assets = assetsSchema.parse(JSON.parse(text));
        for (const { source: from } of Object.values(assets.files))
          if (from.path !== undefined) from.path = resolve(source, from.path);
        for (const { source: from } of Object.values(assets.dockerImages))
          if (from.directory !== undefined) from.directory = resolve(source, from.directory);
        text = JSON.stringify(assets);
      }
      await writeFile(join(copy, name), text);
    }
    return await use(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Returns the logical ids of a type in a template. */
export function idsOfType(template: EditableTemplate, type: string): string[] {
  return Object.keys(template.Resources).filter((id) => template.Resources[id]?.Type === type);
}
