import { z } from 'zod';
import { environmentSettings } from './environments.ts';
import { environmentNameSchema, type Settings, settingsSchema } from './schema.ts';

/** Values of `-c name=value`. The command line passes text, a program may pass numbers. */
const contextSchema = z.strictObject({
  env: environmentNameSchema,
  /** Overrides `cycleSeconds`, for fast lines on one machine. */
  cycleSeconds: z.coerce.number().optional(),
  /** Overrides `siteUrl`, for the second deployment of a site without its own domain. */
  siteUrl: z.string().optional(),
  /** Override `payment`, for a sandbox instead of the provider. */
  paymentUrl: z.string().optional(),
  paymentCheckoutUrl: z.string().optional(),
});

/** Keys of the toolkit's own context (feature flags, looked-up values) contain `:` or `/`; URR's keys do not. */
const isPlainKey = (key: string) => /^[A-Za-z0-9_-]+$/.test(key);

const problemsOf = (error: z.ZodError) =>
  error.issues.map(
    (issue) => `${issue.path.length > 0 ? issue.path.join('.') : 'settings'}: ${issue.message}`,
  );

/**
 * Returns the settings of the environment that the context names.
 * @throws Error that lists every unknown, missing or contradictory setting by name.
 */
export function loadSettings(context: Readonly<Record<string, unknown>>): Settings {
  const given = contextSchema.safeParse(
    Object.fromEntries(Object.entries(context).filter(([key]) => isPlainKey(key))),
  );
  if (!given.success)
    throw new Error(
      `context is not usable (give -c env=dev, staging or prod): ${problemsOf(given.error).join('; ')}`,
    );
  const { env, cycleSeconds, siteUrl, paymentUrl, paymentCheckoutUrl } = given.data;
  const { payment } = environmentSettings[env];
  return parseSettings({
    environmentName: env,
    ...environmentSettings[env],
    ...(cycleSeconds === undefined ? {} : { cycleSeconds }),
    ...(siteUrl === undefined ? {} : { siteUrl }),
    payment: {
      ...payment,
      ...(paymentUrl === undefined ? {} : { url: paymentUrl }),
      ...(paymentCheckoutUrl === undefined ? {} : { checkoutUrl: paymentCheckoutUrl }),
    },
  });
}

/** Validates settings from any source. @throws Error that lists every problem by name. */
export function parseSettings(source: unknown): Settings {
  const parsed = settingsSchema.safeParse(source);
  if (parsed.success) return parsed.data;
  throw new Error(`settings are not usable: ${problemsOf(parsed.error).join('; ')}`);
}
