import { describe, expect, it } from 'vitest';
import { environmentSettings } from '#infra/settings/environments.ts';
import { loadSettings, parseSettings } from '#infra/settings/load.ts';

const prod = { environmentName: 'prod', ...environmentSettings.prod };
const staging = { environmentName: 'staging', ...environmentSettings.staging };

describe('settings', () => {
  it.each(['dev', 'staging', 'prod'])('%s is complete and free of contradictions', (env) => {
    expect(loadSettings({ env }).environmentName).toBe(env);
  });

  it('an environment that does not exist is refused with the name of its setting', () => {
    expect(() => loadSettings({ env: 'production' })).toThrow(/env: .*"dev"\|"staging"\|"prod"/);
    expect(() => loadSettings({})).toThrow(/-c env=dev/);
  });

  it('a misspelt context value is named and refused, not ignored', () => {
    expect(() => loadSettings({ env: 'dev', cycleSecond: 5 })).toThrow(/cycleSecond/);
  });

  it("the toolkit's own context is accepted beside the settings", () => {
    expect(() =>
      loadSettings({ env: 'dev', '@aws-cdk/core:x': true, 'aws:cdk:bundling-stacks': [] }),
    ).not.toThrow();
  });

  it('the cycle can be overridden, as text or number, only by a divisor of 60', () => {
    expect(loadSettings({ env: 'dev', cycleSeconds: '2' }).cycleSeconds).toBe(2);
    expect(() => loadSettings({ env: 'dev', cycleSeconds: 7 })).toThrow(/cycleSeconds: must divide 60/);
    expect(() => loadSettings({ env: 'dev', cycleSeconds: 'soon' })).toThrow(/cycleSeconds/);
  });

  it.each([
    ['an unknown setting', { ...prod, warmTroughput: {} }, /warmTroughput/],
    ['a missing setting', { ...prod, region: undefined }, /region/],
    ['an account with a wildcard', { ...prod, account: '*' }, /account: .*12 digits/],
    ['an invalid Region', { ...prod, region: 'seoul' }, /region/],
    [
      'a wildcard site name',
      { ...prod, site: { domainName: '*.example.com', certificateArn: 'x' } },
      /domainName/,
    ],
    [
      'a certificate outside us-east-1',
      {
        ...prod,
        site: {
          domainName: 'tickets.example.com',
          certificateArn: 'arn:aws:acm:ap-northeast-2:123456789012:certificate/0a',
        },
      },
      /certificateArn: .*us-east-1/,
    ],
    [
      'a log retention that CloudWatch does not support',
      { ...prod, logRetentionDays: 45 },
      /logRetentionDays/,
    ],
    ['an invalid e-mail address', { ...prod, alarmEmails: ['duty'] }, /alarmEmails/],
    ['a concurrency of one for the advancer', { ...prod, advancerConcurrency: 1 }, /advancerConcurrency/],
    [
      'a warm throughput below a new table',
      { ...prod, warmThroughput: { counters: { readUnitsPerSecond: 12_000, writeUnitsPerSecond: 10 } } },
      /warmThroughput\.counters\.writeUnitsPerSecond/,
    ],
    ['one zone', { ...prod, network: { ...prod.network, zones: ['ap-northeast-2a'] } }, /network\.zones/],
    [
      'a repeated zone',
      { ...prod, network: { ...prod.network, zones: ['ap-northeast-2a', 'ap-northeast-2a'] } },
      /network\.zones: zones must differ/,
    ],
    ['Redis without a replica', { ...prod, redis: { ...prod.redis, replicas: 0 } }, /redis\.replicas/],
    [
      'a task size that Fargate does not have',
      {
        ...prod,
        workers: { ...prod.workers, admission: { ...prod.workers.admission, cpu: 1024, memoryMb: 512 } },
      },
      /workers\.admission.*memoryMb/,
    ],
    [
      'a tick longer than a second',
      { ...prod, workers: { ...prod.workers, rounds: { ...prod.workers.rounds, tickMs: 1_001 } } },
      /workers\.rounds\.tickMs/,
    ],
    [
      'a worker that ticks no event',
      { ...prod, workers: { ...prod.workers, rounds: { ...prod.workers.rounds, ticksAtOnce: 0 } } },
      /workers\.rounds\.ticksAtOnce/,
    ],
    [
      'a sweep period above two seconds',
      { ...prod, workers: { ...prod.workers, rounds: { ...prod.workers.rounds, sweepMs: 2_001 } } },
      /workers\.rounds\.sweepMs/,
    ],
    [
      'a reconcile period above the alarm’s delay',
      { ...prod, workers: { ...prod.workers, rounds: { ...prod.workers.rounds, reconcileMs: 30_001 } } },
      /workers\.rounds\.reconcileMs/,
    ],
    [
      'a payment address with a trailing slash',
      { ...prod, payment: { ...prod.payment, url: 'https://pay.example/' } },
      /payment\.url/,
    ],
  ])('%s is named and refused', (_, settings, message) => {
    expect(() => parseSettings(settings)).toThrow(message);
  });

  it.each([
    [
      'protected tables that are destroyed',
      { ...staging, deletionProtection: true },
      /removal.*deletionProtection/,
    ],
    [
      'a prod that is destroyed',
      { ...prod, removal: 'destroy', deletionProtection: false },
      /removal.*"prod"/,
    ],
    [
      'a rate below one person per tick',
      {
        ...prod,
        workers: {
          ...prod.workers,
          admissionsPerSecond: 1,
          rounds: { ...prod.workers.rounds, tickMs: 500 },
        },
      },
      /admissionsPerSecond.*tickMs/,
    ],
    ['a prod without protection', { ...prod, deletionProtection: false }, /deletionProtection/],
    ['debug logs in prod', { ...prod, logLevel: 'DEBUG' }, /logLevel/],
    ['logs that expire before the data', { ...prod, logRetentionDays: 7 }, /logRetentionDays.*removal/],
    [
      'a join limit above the API limit',
      {
        ...prod,
        firewall: { ...prod.firewall, requestsPerMinute: 100, apiRequestsPerMinute: 70, joinsPerMinute: 80 },
      },
      /joinsPerMinute.*apiRequestsPerMinute/,
    ],
    [
      'a sign-in limit above the API limit',
      { ...prod, firewall: { ...prod.firewall, apiRequestsPerMinute: 5_000, signInsPerMinute: 6_000 } },
      /signInsPerMinute.*apiRequestsPerMinute/,
    ],
    [
      'an API limit above the limit of all requests',
      {
        ...prod,
        firewall: { ...prod.firewall, requestsPerMinute: 60, apiRequestsPerMinute: 70, joinsPerMinute: 20 },
      },
      /apiRequestsPerMinute.*requestsPerMinute/,
    ],
    [
      'zones of another Region',
      { ...staging, network: { ...staging.network, zones: ['us-east-1a', 'us-east-1b'] } },
      /network.*zones.*region/,
    ],
    [
      'shards without cluster mode',
      { ...staging, redis: { ...staging.redis, clusterMode: false, shards: 2 } },
      /redis.*shards.*clusterMode/,
    ],
    [
      'a prod with payments in one zone',
      { ...prod, network: { ...prod.network, natGateways: 'one' } },
      /natGateways.*"prod"/,
    ],
    ['a burst above the steady rate', { ...prod, apiBurst: 20_000 }, /apiBurst.*apiRequestsPerSecond/],
  ])('%s contradict each other, and the error names both settings', (_, settings, message) => {
    expect(() => parseSettings(settings)).toThrow(message);
  });

  it('one error names all problems', () => {
    const wrong = { ...prod, account: '*', region: 'x', logLevel: 'LOUD' };
    expect(() => parseSettings(wrong)).toThrow(/region.*account.*logLevel/);
  });
});
