import { z } from 'zod';

/**
 * Environment variables of every deployable. A construct must set exactly these (its `environment` has the type of the
 * schema's input), and the runtime parses them at start.
 */
const logLevel = z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).default('INFO');
const text = z.string().min(1);
/** Origin of the site in the browser, without a slash at the end. */
const siteUrl = z
  .url()
  .refine((url) => URL.canParse(url) && new URL(url).origin === url, 'scheme, host and port alone');
const common = { POWERTOOLS_SERVICE_NAME: text, POWERTOOLS_METRICS_NAMESPACE: text, LOG_LEVEL: logLevel };

/** Variables of both container workers. */
const worker = {
  /** Address that Fastify listens on: 0.0.0.0 in a container, which has a network of its own. */
  HOST: z.union([z.ipv4(), z.ipv6()]),
  /** Port that Fastify listens on; 0: any free one. */
  PORT: z.coerce.number().int().min(0).max(65_535),
  EVENTS_TABLE: text,
  /** Holds the owners of passes. */
  POSITIONS_TABLE: text,
  /** Holds the sessions that have ended. */
  SESSIONS_TABLE: text,
  TOKEN_ISSUER: text,
  SIGN_IN_ISSUER: z.url(),
  SIGN_IN_CLIENT_ID: text,
  SITE_URL: siteUrl,
  /** Bucket of the published sign-in keys. Absent: the keys are read from the issuer, which needs internet access. */
  EDGE_CONFIG_BUCKET: text.optional(),
  REDIS_HOST: text,
  REDIS_PORT: z.coerce.number().int().min(1).max(65_535),
  REDIS_CLUSTER: z.enum(['true', 'false']),
  REDIS_TLS: z.enum(['true', 'false']),
  REDIS_USERNAME: text.optional(),
  /** Secret that holds the Redis user's password as plain text. */
  REDIS_PASSWORD_SECRET: text.optional(),
  /** Proxies before the worker that append to X-Forwarded-For: the visitor is that many entries from the right (E3). */
  FORWARDED_HOPS: z.coerce.number().int().min(0).max(5),
  /**
   * A shopper who has not polled or reserved for this long is no longer inside (C3). At least an entry token's lifetime.
   */
  ACTIVE_SECONDS: z.coerce.number().int().min(600).max(7200).default(600),
  /** Longest visit. */
  STAY_SECONDS: z.coerce.number().int().min(600).max(86_400).default(1800),
  /** Directory of the Lua files, if not beside the source. */
  LUA_DIRECTORY: text.optional(),
};

export const environments = {
  vwrApi: z.object({
    ...common,
    EVENTS_TABLE: text,
    COUNTERS_TABLE: text,
    POSITIONS_TABLE: text,
    SIGNING_KEYS_SECRET: text,
    ORIGIN_SECRET: text,
    /** `iss` of URR's tokens. */
    TOKEN_ISSUER: text,
    /** `iss` of the OpenID provider, and the client of it that this site is. */
    SIGN_IN_ISSUER: z.url(),
    SIGN_IN_CLIENT_ID: text,
    SITE_URL: siteUrl,
  }),
  catalogue: z.object({ ...common, EVENTS_TABLE: text, STATS_TABLE: text, ORIGIN_SECRET: text }),
  counterAdvancer: z.object({
    ...common,
    EVENTS_TABLE: text,
    COUNTERS_TABLE: text,
    PUBLIC_KEYS_SECRET: text,
    EDGE_CONFIG_BUCKET: text,
    TOKEN_ISSUER: text,
    /** The issuer's keys are published to the edge, which verifies access tokens. */
    SIGN_IN_ISSUER: z.url(),
    SIGN_IN_CLIENT_ID: text,
    /** Seconds between two cycles: 1 to 60, a divisor of 60. */
    CYCLE_SECONDS: z.coerce
      .number()
      .int()
      .min(1)
      .max(60)
      .refine((s) => 60 % s === 0, 'must divide 60'),
  }),
  keyRotation: z.object({ ...common, SIGNING_KEYS_SECRET: text, PUBLIC_KEYS_SECRET: text }),
  auth: z.object({
    ...common,
    ORIGIN_SECRET: text,
    /** Seals the sign-in cookies. */
    SEAL_SECRET: text,
    SESSIONS_TABLE: text,
    /** `iss` of the OpenID provider, and the client of it that this site is. */
    SIGN_IN_ISSUER: z.url(),
    SIGN_IN_CLIENT_ID: text,
    SITE_URL: siteUrl,
    /** From sign-in to the last refresh. */
    SESSION_SECONDS: z.coerce.number().int().min(3600).max(31_536_000),
  }),
  admission: z.object({
    ...common,
    ...worker,
    SIGNING_KEYS_SECRET: text,
    COUNTERS_TABLE: text,
    ADMISSION_QUEUE_URL: z.url(),
    /** Most admissions per second and event (C3). */
    ADMIT_BATCH: z.coerce.number().int().min(1).max(1000).default(100),
    /** Time between two ticks of an event. lib/infra/settings/tier2.ts explains its bounds and those of TICKS_AT_ONCE. */
    TICK_MS: z.coerce.number().int().min(200).max(1_000).default(1_000),
    /** Events that a task ticks at the same time. */
    TICKS_AT_ONCE: z.coerce.number().int().min(1).max(64).default(16),
    /** An admission waits this long for its visitor. */
    CLAIM_SECONDS: z.coerce.number().int().min(10).max(600).default(90),
    /** Time for shoppers inside to register again after a loss of data: a throttled tab polls once per minute. */
    COLD_SECONDS: z.coerce.number().int().min(1).max(600).default(65),
  }),
  admissionEvents: z.object({ ...common, STATS_TABLE: text }),
  seatLock: z.object({
    ...common,
    ...worker,
    PUBLIC_KEYS_SECRET: text,
    SEATS_TABLE: text,
    RESERVATIONS_TABLE: text,
    PAYMENTS_TABLE: text,
    SALES_TABLE: text,
    RESERVATION_QUEUE_URL: z.url(),
    /** The provider's API, `https://api.tosspayments.com` or the sandbox, without a slash at the end. */
    PAYMENT_URL: z.url(),
    /** The sandbox's page for buyers. Absent: the page opens the provider's own window with the client key. */
    PAYMENT_CHECKOUT_URL: z.url().optional(),
    /** Names the shop to the provider in the browser; no secret. */
    PAYMENT_CLIENT_KEY: text,
    /** Time between two rounds for overdue reservations, and for unfinished payments; bounds in lib/infra/settings/tier2.ts. */
    SWEEP_MS: z.coerce.number().int().min(200).max(2_000).default(1_000),
    RECONCILE_MS: z.coerce.number().int().min(1_000).max(30_000).default(10_000),
    /** Secrets, as plain text: the provider's secret key, and the key of its webhooks' signatures. */
    PAYMENT_SECRET: text,
    PAYMENT_WEBHOOK_SECRET: text,
  }),
  reservationEvents: z.object({ ...common, STATS_TABLE: text }),
} as const;

export type WorkerEnvironment = z.infer<z.ZodObject<typeof worker>>;
export type EnvironmentOf<Name extends keyof typeof environments> = z.infer<(typeof environments)[Name]>;
/** The variables that a construct must set: in a template every value is a string. */
export type EnvironmentInput<Name extends keyof typeof environments> = {
  readonly [K in keyof z.input<(typeof environments)[Name]>]: string;
};

/** Parses an environment. The error lists every missing or invalid variable by name, never its value. */
export function parseEnvironment<Name extends keyof typeof environments>(
  name: Name,
  source: Readonly<Record<string, string | undefined>>,
): EnvironmentOf<Name> {
  const parsed = environments[name].safeParse(source);
  if (parsed.success) return parsed.data as EnvironmentOf<Name>;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`environment of ${name} is not usable: ${problems.join('; ')}`);
}
