import { core } from 'zod';
import { UrrError } from './errors.ts';

/** Parses a caller's input. The error of an invalid input lists the paths and reasons, never the values. */
export function parseInput<T>(schema: core.$ZodType<T>, value: unknown, what: string): T {
  const parsed = core.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map(({ path, message }) => ({ at: path.join('.'), message }));
  throw new UrrError('BAD_REQUEST', `${what} is not valid`, { details });
}
