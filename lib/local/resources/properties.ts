import { z } from 'zod';
import type { Resource } from '../cloudformation/engine.ts';

/**
 * Returns a resource's properties, checked strictly.
 * @throws Error that names each invalid property, and each one that the schema does not list: none is ignored
 */
export function propertiesOf<Schema extends z.ZodType>(resource: Resource, schema: Schema): z.infer<Schema> {
  const parsed = schema.safeParse(resource.properties);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const path = issue.path.join('.');
    if (issue.code === 'unrecognized_keys')
      return issue.keys
        .map((key) => `property ${path === '' ? key : `${path}.${key}`} is not known to the local run`)
        .join('; ');
    return `property ${path}: ${issue.message}`;
  });
  throw new Error(problems.join('; '));
}

/** A property that changes nothing on one machine, such as encryption or tags. */
export const noLocalEffect = z.unknown().optional();

export const stringOrNumber = z.union([z.string(), z.number()]).transform(String);
export const numeric = z.coerce.number();
/** CloudFormation takes `true` and `"true"`. */
export const flag = z
  .union([z.boolean(), z.enum(['true', 'false'])])
  .transform((value) => String(value) === 'true');
