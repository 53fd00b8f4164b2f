import { parseArgs } from 'node:util';
import { z } from 'zod';

export const portDefault = 8787;
/** Ports of the public address without --port: the default, then the next ones. */
export const portsTried = Array.from({ length: 10 }, (_, place) => portDefault + place);

export const usage = `npm start -- [options]

Runs the whole system on this machine from the synthesized templates.

  --port N            port of http://localhost:N; 0 takes any free one
                      (default ${portDefault}, or the next free port)
  --seed demo         creates four demo events, three of them with a waiting room
  --cycle SECONDS     time between two calls of the line: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60
  --environment NAME  environment of the templates: dev, staging or prod (default dev)
  --help              prints this text
`;

/** Wrong arguments; the message names the argument and the allowed values. */
export class OptionsError extends Error {}

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max));

const optionsSchema = z.strictObject({
  port: wholeNumber(0, 65_535).optional(),
  seed: z.literal('demo').optional(),
  cycle: wholeNumber(1, 60)
    .refine((seconds) => 60 % seconds === 0)
    .optional(),
  environment: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,15}$/)
    .default('dev'),
  help: z.boolean().default(false),
});
export type StartOptions = z.infer<typeof optionsSchema>;

const allowed: Readonly<Record<keyof StartOptions, string>> = {
  port: 'a number from 0 to 65535',
  seed: 'demo',
  cycle: 'a number of seconds that divides 60',
  environment: 'the name of an environment, such as dev',
  help: 'nothing',
};

/** @throws OptionsError for an unknown option, a stray word, or a value that is not allowed */
export function parseStartOptions(args: readonly string[]): StartOptions {
  let values: Record<string, unknown>;
  try {
    ({ values } = parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        port: { type: 'string' },
        seed: { type: 'string' },
        cycle: { type: 'string' },
        environment: { type: 'string' },
        help: { type: 'boolean' },
      },
    }));
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  const parsed = optionsSchema.safeParse({ ...values });
  if (parsed.success) return parsed.data;
  const [name] = parsed.error.issues[0]?.path ?? [];
  const known = name === 'port' || name === 'seed' || name === 'cycle' || name === 'environment';
  throw new OptionsError(known ? `--${name} "${values[name]}": must be ${allowed[name]}` : 'unknown option');
}
