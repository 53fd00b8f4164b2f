import { z } from 'zod';

/** The workers' network. Synthesis works offline and looks nothing up, so the zones are named here. */
export const networkSchema = z.strictObject({
  /** A separate block, at least a /20: it has two subnets per zone, and CloudFront's and AWS's interfaces need addresses. */
  cidr: z
    .string()
    .regex(
      /^10\.\d{1,3}\.\d{1,3}\.0\/(?:1[6-9]|20)$/,
      'a block of 10.0.0.0/8 between /16 and /20, such as 10.20.0.0/16',
    ),
  /**
   * Two or three zones by name. Names differ between accounts: a few zone ids do not support VPC origins, and
   * `aws ec2 describe-availability-zones` shows the id of each name (runbook, procedures).
   */
  zones: z
    .array(z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d[a-z]$/, 'a zone is written like ap-northeast-2a'))
    .min(2)
    .max(3)
    .refine((zones) => new Set(zones).size === zones.length, 'zones must differ'),
  /**
   * NAT gateways to the payment provider, for the sale's workers alone. `one` is cheaper, and no payment can be confirmed during
   * an outage of its zone. See docs/adr/0052.
   */
  natGateways: z.enum(['one', 'per-zone']),
  /** Id in this Region of AWS's prefix list com.amazonaws.global.cloudfront.origin-facing. */
  cloudFrontPrefixList: z.string().regex(/^pl-[0-9a-f]{8,17}$/),
});

/** Redis of the queue and the holds: ElastiCache for Valkey, always Multi-AZ with fail-over. */
export const redisSchema = z.strictObject({
  nodeType: z.string().regex(/^cache\.[a-z0-9]+\.[a-z0-9]+$/, 'a node type is written like cache.r7g.large'),
  /** Spreads events over shards by their hash tag; one event is on one shard. */
  clusterMode: z.boolean(),
  shards: z.int().min(1).max(20),
  replicas: z.int().min(1).max(5),
});

/** The payment provider. Its secrets are in Secrets Manager, never here. */
export const paymentSchema = z.strictObject({
  /** Address of its API, without a trailing slash. */
  url: z.url().refine((url) => !url.endsWith('/'), 'without a slash at the end'),
  /** A sandbox's page for buyers. @default - the page opens the provider's own window */
  checkoutUrl: z.url().optional(),
  /** Identifies the shop to the provider in the browser. Not a secret. */
  clientKey: z.string().regex(/^[A-Za-z0-9_-]{6,100}$/),
});

/** Task sizes of Fargate: CPU units of 1/1024 core, and memory in MB. */
const taskSizeSchema = z
  .strictObject({
    cpu: z.literal([256, 512, 1024, 2048]),
    memoryMb: z.int().min(512).max(16_384).multipleOf(512),
    /** At least two: one per zone. */
    tasksMin: z.int().min(2).max(100),
    tasksMax: z.int().min(2).max(200),
  })
  .refine(
    ({ cpu, memoryMb }) => memoryMb >= cpu * 2 && memoryMb <= cpu * 8,
    'memoryMb must be 2 to 8 times cpu: Fargate offers nothing else',
  )
  .refine(({ tasksMin, tasksMax }) => tasksMin <= tasksMax, 'tasksMin must not be above tasksMax');
export type TaskSize = z.infer<typeof taskSizeSchema>;

/** Rounds of the workers. Every task runs all of them, so the load on Redis and DynamoDB grows with the number of tasks. */
const roundsSchema = z.strictObject({
  /**
   * Between two ticks of an event. At most 1 s: the first visitors are called within a second of the opening, and the
   * clock of the queue stops after three missed ticks (3 s). At least 200 ms: a tick of a task costs one Lua call per event and
   * one query of the live events, and visitors at the front poll once per second.
   */
  tickMs: z.int().min(200).max(1_000),
  /**
   * Events that a task ticks at the same time. At most 64: each needs up to two of the DynamoDB client's 200 sockets, which
   * rounds and requests share. At least 1: without Redis each call takes its time-out of 1 s, so a round over n events then
   * takes n / ticksAtOnce seconds.
   */
  ticksAtOnce: z.int().min(1).max(64),
  /**
   * Between two looks for overdue reservations. At most 2 s: the record of a reservation states its end within that time (its
   * seats are free by the clock alone). At least 200 ms: a look is 16 queries, one per index partition.
   */
  sweepMs: z.int().min(200).max(2_000),
  /**
   * Between two looks for unfinished payments. At most 30 s: together with the longest pause between two attempts (4 minutes)
   * it stays below the five minutes in which the alarm on stuck payments expects an attempt. At least 1 s: a look is 64
   * queries.
   */
  reconcileMs: z.int().min(1_000).max(30_000),
});

export const workersSchema = z.strictObject({
  /** One task is one Node process and uses one core, so `cpu` above 1024 serves only the garbage collector. */
  admission: taskSizeSchema,
  seatLock: taskSizeSchema,
  /**
   * Most admissions per second and event. At most 1,000: one tick is one Lua call, which stops Redis for about 6 µs per
   * admission, and Lua unpacks about 7,900 values at most. An empty event of 50,000 places fills in 500 s at 100, in 50 s
   * at 1,000. The event's ratePerMinute also bounds it.
   */
  admissionsPerSecond: z.int().min(1).max(1000),
  rounds: roundsSchema,
  /** A new revision first receives this share of requests for this time; an alarm during it rolls back (B6). */
  canary: z.strictObject({
    percent: z.number().min(1).max(50),
    minutes: z.int().min(1).max(60),
    /** The old revision is kept for this time after the new one receives all requests. */
    bakeMinutes: z.int().min(1).max(60),
  }),
});
