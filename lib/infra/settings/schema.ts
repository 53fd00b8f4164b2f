import { z } from 'zod';
import { networkSchema, paymentSchema, redisSchema, workersSchema } from './tier2.ts';

/** The environments of URR. `dev` can be deleted at any time, `staging` is for rehearsals, `prod` sells tickets. */
export const environmentNameSchema = z.enum(['dev', 'staging', 'prod']);
export type EnvironmentName = z.infer<typeof environmentNameSchema>;

/**
 * Units per second that a table accepts at once. A new on-demand table accepts 4,000 writes and 12,000 reads per second. Raise
 * it before a large sale; AWS never lowers it, and bills the difference once.
 */
const warmThroughputSchema = z.strictObject({
  readUnitsPerSecond: z.int().min(12_000).max(1_000_000),
  writeUnitsPerSecond: z.int().min(4_000).max(1_000_000),
});

/** Retention periods that CloudWatch Logs accepts, in days. */
const logRetentionDays = [7, 14, 30, 60, 90, 180, 365, 400, 731] as const;

const shape = z.strictObject({
  environmentName: environmentNameSchema,
  /** Home Region of everything except the edge, which is always in us-east-1. */
  region: z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'a Region is written like ap-northeast-2'),
  /** The only account for this environment. @default - the account of the caller's credentials */
  account: z
    .string()
    .regex(/^\d{12}$/, 'an account is exactly 12 digits; a wildcard would let an environment land anywhere')
    .optional(),
  /** Fate of tables, buckets and secrets that are removed from the template. */
  removal: z.enum(['retain', 'destroy']),
  /** Protects tables and stacks from deletion. */
  deletionProtection: z.boolean(),
  /** Per table. @default - that of a new on-demand table */
  warmThroughput: z.strictObject({
    events: warmThroughputSchema.optional(),
    counters: warmThroughputSchema.optional(),
    positions: warmThroughputSchema.optional(),
  }),
  /** Seconds between two cycles of the counter advancer. */
  cycleSeconds: z
    .int()
    .min(1)
    .max(60)
    .refine((s) => 60 % s === 0, 'must divide 60'),
  /** @default - not reserved. A reservation must leave 100 unreserved in the account, which new accounts lack. */
  advancerConcurrency: z.int().min(2).max(10).optional(),
  logRetentionDays: z.literal(logRetentionDays),
  logLevel: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
  /** Steady and burst limit of the whole HTTP API; an account has 10,000 and 5,000 for all its APIs together. */
  apiRequestsPerSecond: z.int().min(1).max(100_000),
  apiBurst: z.int().min(1).max(50_000),
  /** Requests per address and minute, by path class. Mobile carriers have thousands of clients behind one address. */
  firewall: z.strictObject({
    requestsPerMinute: z.int().min(10).max(2_000_000),
    apiRequestsPerMinute: z.int().min(10).max(2_000_000),
    joinsPerMinute: z.int().min(10).max(2_000_000),
    /** Starts of a sign-in (C5: 60). WAF's minimum is 10. */
    signInsPerMinute: z.int().min(10).max(2_000_000),
  }),
  /** Recipients of alarm notices. Each address confirms its subscription once. */
  alarmEmails: z.array(z.email()).max(10),
  /** Raise it by one after a rotation of the origin secret: see the runbook, "Rotating the origin secret". */
  originSecretRotation: z.int().min(1),
  /** Days between two rotations of the keys that sign tokens. */
  signingKeyDays: z.int().min(1).max(365),
  /** The site's own domain. Its certificate must be in us-east-1. @default - the name of the CloudFront distribution */
  site: z
    .strictObject({
      domainName: z.string().regex(/^(?!\*)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/, 'one full name, without wildcard'),
      certificateArn: z
        .string()
        .regex(/^arn:aws:acm:us-east-1:\d{12}:certificate\/[a-f0-9-]+$/, 'CloudFront reads us-east-1 only'),
    })
    .optional(),
  /**
   * Address in browsers of a site without its own domain: `https://d111.cloudfront.net`, as the first deployment prints it.
   * @default - `site`, or without one this machine; sign-in on AWS then does not work
   */
  siteUrl: z
    .url()
    .refine(
      (url) => URL.canParse(url) && new URL(url).origin === url,
      'scheme, host and port alone, without a slash at the end',
    )
    .optional(),
  signIn: z.strictObject({
    /** Hours from sign-in to the last refresh; Cognito's minimum is one hour. */
    sessionHours: z.int().min(1).max(720),
    /** Cognito's Plus plan: refuses stolen passwords and suspicious sign-ins. Billed per user and month. */
    threatProtection: z.boolean(),
    /** Address verified in SES, in this Region. @default - Cognito's own sender, at most 50 e-mails per day */
    emailFrom: z.email().optional(),
    /** Sign-in with Google in addition to e-mail. The text of the secret is the client secret. @default - e-mail only */
    google: z
      .strictObject({
        clientId: z.string().min(1).max(200),
        clientSecretArn: z.string().regex(/^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^*]+$/),
      })
      .optional(),
  }),
  network: networkSchema,
  redis: redisSchema,
  workers: workersSchema,
  payment: paymentSchema,
});

type Checked = z.infer<typeof shape>;

/** Contradictory pairs of settings. A message names both, because either may be wrong. */
const contradictions: readonly (readonly [
  path: keyof Checked,
  refuses: (s: Checked) => boolean,
  why: string,
])[] = [
  [
    'removal',
    (s) => s.deletionProtection && s.removal === 'destroy',
    'removal "destroy" contradicts deletionProtection true: a protected table cannot be destroyed',
  ],
  [
    'removal',
    (s) => s.environmentName === 'prod' && s.removal !== 'retain',
    'removal must be "retain" in environmentName "prod": a sale may not be thrown away',
  ],
  [
    'deletionProtection',
    (s) => s.environmentName === 'prod' && !s.deletionProtection,
    'deletionProtection must be true in environmentName "prod"',
  ],
  [
    'logLevel',
    (s) => s.environmentName === 'prod' && s.logLevel === 'DEBUG',
    'logLevel "DEBUG" is not for environmentName "prod": it costs more than the waiting room itself',
  ],
  [
    'logRetentionDays',
    (s) => s.removal === 'retain' && s.logRetentionDays < 30,
    'logRetentionDays below 30 contradicts removal "retain": data would outlive the record of who changed it',
  ],
  [
    'firewall',
    (s) => s.firewall.joinsPerMinute > s.firewall.apiRequestsPerMinute,
    'firewall.joinsPerMinute above firewall.apiRequestsPerMinute would never be reached',
  ],
  [
    'firewall',
    (s) => s.firewall.signInsPerMinute > s.firewall.apiRequestsPerMinute,
    'firewall.signInsPerMinute above firewall.apiRequestsPerMinute would never be reached',
  ],
  [
    'firewall',
    (s) => s.firewall.apiRequestsPerMinute > s.firewall.requestsPerMinute,
    'firewall.apiRequestsPerMinute above firewall.requestsPerMinute would never be reached',
  ],
  [
    'network',
    (s) => s.network.zones.some((zone) => zone.slice(0, -1) !== s.region),
    'network.zones must lie in region',
  ],
  [
    'redis',
    (s) => !s.redis.clusterMode && s.redis.shards !== 1,
    'redis.shards above 1 needs redis.clusterMode: without it there is one shard',
  ],
  [
    'network',
    (s) => s.environmentName === 'prod' && s.network.natGateways !== 'per-zone',
    'network.natGateways must be "per-zone" in environmentName "prod": payments may not hang on one zone',
  ],
  [
    'workers',
    (s) => s.workers.admissionsPerSecond * s.workers.rounds.tickMs < 1_000,
    'workers.admissionsPerSecond times workers.rounds.tickMs is less than one visitor per tick: no visitor would be admitted',
  ],
  [
    'apiBurst',
    (s) => s.apiBurst > s.apiRequestsPerSecond,
    'apiBurst above apiRequestsPerSecond: a burst would be promised that the steady limit cannot refill in a second',
  ],
];

/** All differences between environments. Strict: an unknown or contradictory setting is an error that names it. */
export const settingsSchema = shape.superRefine((settings, context) => {
  for (const [path, refuses, why] of contradictions)
    if (refuses(settings)) context.addIssue({ code: 'custom', path: [path], message: why });
});
export type Settings = z.infer<typeof settingsSchema>;
export type SettingsInput = z.input<typeof settingsSchema>;
