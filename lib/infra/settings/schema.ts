import { z } from 'zod';
import { networkSchema, paymentSchema, redisSchema, workersSchema } from './tier2.ts';

/** The environments URR is deployed to. `dev` may be thrown away, `staging` is rehearsal, `prod` sells tickets. */
export const environmentNameSchema = z.enum(['dev', 'staging', 'prod']);
export type EnvironmentName = z.infer<typeof environmentNameSchema>;

/**
 * Units a table takes at once, without the 4,000 writes/s and 12,000 reads/s start of a new on-demand table. Raise it
 * before a large sale; AWS never lowers it, and bills the difference once.
 */
const warmThroughputSchema = z.strictObject({
  readUnitsPerSecond: z.int().min(12_000).max(1_000_000),
  writeUnitsPerSecond: z.int().min(4_000).max(1_000_000),
});

/** Retention periods that CloudWatch Logs accepts, in days. */
const logRetentionDays = [7, 14, 30, 60, 90, 180, 365, 400, 731] as const;

const shape = z.strictObject({
  environmentName: environmentNameSchema,
  /** Home Region of everything that is not edge. The edge itself is always in us-east-1. */
  region: z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'a Region is written like ap-northeast-2'),
  /** The only account this environment may be deployed to. Absent: the account of the caller's credentials. */
  account: z
    .string()
    .regex(/^\d{12}$/, 'an account is exactly 12 digits; a wildcard would let an environment land anywhere')
    .optional(),
  /** What happens to tables, buckets and secrets when they leave the template. */
  removal: z.enum(['retain', 'destroy']),
  /** Tables and stacks refuse to be deleted. */
  deletionProtection: z.boolean(),
  /** Absent table: the start of an on-demand table. */
  warmThroughput: z.strictObject({
    events: warmThroughputSchema.optional(),
    counters: warmThroughputSchema.optional(),
    positions: warmThroughputSchema.optional(),
  }),
  /** Seconds between two cycles of the counter advancer inside its minute. */
  cycleSeconds: z
    .int()
    .min(1)
    .max(60)
    .refine((s) => 60 % s === 0, 'must divide 60'),
  /** Absent: not reserved. Reserving needs 100 unreserved left in the account, which new accounts lack. */
  advancerConcurrency: z.int().min(2).max(10).optional(),
  logRetentionDays: z.literal(logRetentionDays),
  logLevel: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
  /** Steady and burst limit of the whole HTTP API; an account has 10,000 and 5,000 for all its APIs together. */
  apiRequestsPerSecond: z.int().min(1).max(100_000),
  apiBurst: z.int().min(1).max(50_000),
  /** Requests of one address in a minute, per path class. Mobile carriers put thousands behind one address. */
  firewall: z.strictObject({
    requestsPerMinute: z.int().min(10).max(2_000_000),
    apiRequestsPerMinute: z.int().min(10).max(2_000_000),
    joinsPerMinute: z.int().min(10).max(2_000_000),
    /** Starts of a sign-in (C5: 60). WAF counts no fewer than 10. */
    signInsPerMinute: z.int().min(10).max(2_000_000),
  }),
  /** Who is written to when an alarm rings. Each address confirms its subscription once. */
  alarmEmails: z.array(z.email()).max(10),
  /** Raise it by one after the origin secret was rotated: see the runbook, "Rotating the origin secret". */
  originSecretRotation: z.int().min(1),
  /** Days between two rotations of the keys that sign tokens. */
  signingKeyDays: z.int().min(1).max(365),
  /** The site's own name. Absent: the name CloudFront gives. The certificate must be in us-east-1. */
  site: z
    .strictObject({
      domainName: z.string().regex(/^(?!\*)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/, 'one full name, without wildcard'),
      certificateArn: z
        .string()
        .regex(/^arn:aws:acm:us-east-1:\d{12}:certificate\/[a-f0-9-]+$/, 'CloudFront reads us-east-1 only'),
    })
    .optional(),
  /**
   * Where browsers see the site when it has no name of its own: `https://d111.cloudfront.net` as the first deployment
   * told. Absent: `site`, or without one this machine, and then nobody can sign in on AWS.
   */
  siteUrl: z
    .url()
    .refine(
      (url) => URL.canParse(url) && new URL(url).origin === url,
      'scheme, host and port alone, without a slash at the end',
    )
    .optional(),
  signIn: z.strictObject({
    /** From sign-in to the last refresh; Cognito takes no less than an hour. */
    sessionHours: z.int().min(1).max(720),
    /** Cognito's Plus plan: refuses passwords known to be stolen and suspicious sign-ins. Billed per user and month. */
    threatProtection: z.boolean(),
    /** Address verified in SES, in this Region. Absent: Cognito's own sender, at most 50 e-mails a day. */
    emailFrom: z.email().optional(),
    /** Sign-in with Google beside e-mail. The secret's text is the client secret. */
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

/** Pairs of settings that contradict each other: both are named, because either may be the mistake. */
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

/** Everything that differs between environments. Strict: an unknown or contradictory setting is refused by name. */
export const settingsSchema = shape.superRefine((settings, context) => {
  for (const [path, refuses, why] of contradictions)
    if (refuses(settings)) context.addIssue({ code: 'custom', path: [path], message: why });
});
export type Settings = z.infer<typeof settingsSchema>;
export type SettingsInput = z.input<typeof settingsSchema>;
