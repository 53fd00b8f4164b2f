import type { EnvironmentName, SettingsInput } from './schema.ts';

type Values = Omit<SettingsInput, 'environmentName'>;

const common = {
  /**
   * Limits per address. 500 visitors behind one carrier's address may poll once per second (30,000 per minute), join and sign in
   * within one minute; the limit is twice that, for pages and files. The limits per account stop a single program among them.
   */
  firewall: {
    requestsPerMinute: 120_000,
    apiRequestsPerMinute: 60_000,
    joinsPerMinute: 2_000,
    signInsPerMinute: 1_000,
  },
  region: 'ap-northeast-2',
  // C1: six cycles of 10 s per run of the advancer.
  cycleSeconds: 10,
  warmThroughput: {},
  alarmEmails: [],
  originSecretRotation: 1,
  signingKeyDays: 30,
  signIn: { sessionHours: 12, threatProtection: false },
  network: {
    cidr: '10.20.0.0/16',
    zones: ['ap-northeast-2a', 'ap-northeast-2c'],
    natGateways: 'one',
    cloudFrontPrefixList: 'pl-22a6434b',
  },
  redis: { nodeType: 'cache.t4g.small', clusterMode: false, shards: 1, replicas: 1 },
  workers: {
    admission: { cpu: 256, memoryMb: 512, tasksMin: 2, tasksMax: 4 },
    seatLock: { cpu: 256, memoryMb: 512, tasksMin: 2, tasksMax: 4 },
    admissionsPerSecond: 100,
    rounds: { tickMs: 1_000, ticksAtOnce: 16, sweepMs: 1_000, reconcileMs: 10_000 },
    canary: { percent: 10, minutes: 5, bakeMinutes: 5 },
  },
  // Put the shop's own client key here, and its secrets into Secrets Manager (runbook, procedures).
  payment: { url: 'https://api.tosspayments.com', clientKey: 'test_ck_of_your_shop' },
} satisfies Partial<Values>;

/**
 * The three environments. Add `account` to pin one to an account, `site` for its own domain, `alarmEmails` for notices.
 */
export const environmentSettings: Readonly<Record<EnvironmentName, Values>> = {
  dev: {
    ...common,
    removal: 'destroy',
    deletionProtection: false,
    logRetentionDays: 7,
    logLevel: 'DEBUG',
    apiRequestsPerSecond: 500,
    apiBurst: 500,
  },
  staging: {
    ...common,
    removal: 'destroy',
    deletionProtection: false,
    advancerConcurrency: 2,
    logRetentionDays: 30,
    logLevel: 'INFO',
    apiRequestsPerSecond: 5_000,
    apiBurst: 2_500,
  },
  prod: {
    ...common,
    network: { ...common.network, natGateways: 'per-zone' },
    // One shard is enough for all events until its core is busy. An event cannot be split, and cluster mode can be added later
    // only with a new replication group, between sales.
    redis: { nodeType: 'cache.r7g.large', clusterMode: true, shards: 2, replicas: 1 },
    workers: {
      admission: { cpu: 1024, memoryMb: 2048, tasksMin: 4, tasksMax: 40 },
      seatLock: { cpu: 1024, memoryMb: 2048, tasksMin: 4, tasksMax: 40 },
      admissionsPerSecond: 500,
      rounds: common.workers.rounds,
      canary: { percent: 10, minutes: 10, bakeMinutes: 15 },
    },
    signIn: { ...common.signIn, threatProtection: true },
    removal: 'retain',
    deletionProtection: true,
    advancerConcurrency: 2,
    logRetentionDays: 90,
    logLevel: 'INFO',
    // The account's default quota for all APIs together; raise the quota before these values.
    apiRequestsPerSecond: 10_000,
    apiBurst: 5_000,
    // 8,000 joins per second: one write each to positions and counters, and reserve for repeated conditional puts.
    warmThroughput: {
      counters: { readUnitsPerSecond: 12_000, writeUnitsPerSecond: 10_000 },
      positions: { readUnitsPerSecond: 12_000, writeUnitsPerSecond: 10_000 },
    },
  },
};
