import { readFileSync } from 'node:fs';
import { Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { parseEnvironment } from '#contract/environment.ts';
import { routes } from '#contract/routes.ts';
import { repositoryRoot } from '#infra/bundle.ts';
import manifest from '../../package.json' with { type: 'json' };
import { otherWorkers, record, synthesize } from './support/synthesized.ts';

const dev = synthesize('dev', { isBundled: true });
const prod = synthesize('prod');
const changed = synthesize('dev', { workers: otherWorkers });
const queue = dev.template('queue');
const list = (value: unknown) => (Array.isArray(value) ? value.map(record) : []);
const only = (type: string, from = dev) => {
  const [one, ...others] = from.resources(type, 'queue');
  if (one === undefined || others.length > 0) throw new Error(`not exactly one ${type}`);
  return one;
};
const container = record(list(only('AWS::ECS::TaskDefinition').properties.ContainerDefinitions)[0]);

describe('Redis', () => {
  it.each([
    ['dev', dev],
    ['prod', prod],
  ] as const)(
    '%s: Redis is encrypted in transit and at rest, in several zones, with fail-over',
    (_, from) => {
      expect(only('AWS::ElastiCache::ReplicationGroup', from).properties).toMatchObject({
        Engine: 'valkey',
        EngineVersion: '8.1',
        AutoMinorVersionUpgrade: false,
        TransitEncryptionEnabled: true,
        TransitEncryptionMode: 'required',
        AtRestEncryptionEnabled: true,
        MultiAZEnabled: true,
        AutomaticFailoverEnabled: true,
        SnapshotRetentionLimit: 0,
      });
      const { ReplicasPerNodeGroup } = only('AWS::ElastiCache::ReplicationGroup', from).properties;
      expect(ReplicasPerNodeGroup).toBeGreaterThanOrEqual(1);
    },
  );

  it('Redis never evicts a key', () => {
    queue.hasResourceProperties('AWS::ElastiCache::ParameterGroup', {
      CacheParameterGroupFamily: 'valkey8',
      Properties: { 'maxmemory-policy': 'noeviction', 'cluster-enabled': 'no' },
    });
  });

  it('cluster mode is a setting, and the worker has the endpoint of that mode', () => {
    const endpointOf = (from: typeof dev) => {
      const task = only('AWS::ECS::TaskDefinition', from);
      const variables = list(record(list(task.properties.ContainerDefinitions)[0]).Environment);
      const variable = (name: string) => variables.find(({ Name }) => Name === name)?.Value;
      return [variable('REDIS_CLUSTER'), JSON.stringify(variable('REDIS_HOST'))];
    };
    expect(endpointOf(dev)).toEqual(['false', expect.stringContaining('PrimaryEndPoint.Address')]);
    expect(endpointOf(prod)).toEqual(['true', expect.stringContaining('ConfigurationEndPoint.Address')]);
    expect(only('AWS::ElastiCache::ReplicationGroup', prod).properties).toMatchObject({
      ClusterMode: 'enabled',
      NumNodeGroups: 2,
    });
  });

  it('Redis has one user, whose password the template references but does not contain', () => {
    const user = only('AWS::ElastiCache::User').properties;
    expect(user.UserName).toBe('worker');
    expect(JSON.stringify(user.AuthenticationMode)).toContain('{{resolve:secretsmanager:');
    expect(String(user.AccessString)).toMatch(/~urr:\* .*-@dangerous/);
    expect(String(user.AccessString)).not.toMatch(/~\*|nopass|allkeys/);
    queue.hasResourceProperties('AWS::ElastiCache::UserGroup', {
      UserIds: [{ Ref: only('AWS::ElastiCache::User').id }],
    });
  });

  it('an alarm covers every node of every shard', () => {
    const watched = (from: typeof dev, metricName: string) =>
      from
        .resources('AWS::CloudWatch::Alarm', 'queue')
        .filter(({ properties }) => JSON.stringify(properties).includes(`"${metricName}"`))
        .flatMap(({ properties }) => list(properties.Metrics).filter(({ MetricStat }) => MetricStat)).length;
    for (const name of [
      'DatabaseMemoryUsagePercentage',
      'EngineCPUUtilization',
      'Evictions',
      'ReplicationLag',
    ]) {
      expect(watched(dev, name), name).toBe(2);
      expect(watched(prod, name), name).toBe(4);
    }
  });
});

describe('the admission worker', () => {
  it('has an environment that its contract accepts, and no other variable', () => {
    const variables = Object.fromEntries(
      list(container.Environment).map(({ Name, Value }) => [String(Name), Value]),
    );
    const stands: Readonly<Record<string, string>> = {
      SIGN_IN_ISSUER: 'https://issuer.example',
      ADMISSION_QUEUE_URL: 'https://queue.example',
      REDIS_PORT: '6390',
    };
    const asText = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : (stands[name] ?? 'token'),
      ]),
    );
    const parsed = parseEnvironment('admission', asText);
    const withDefaults = ['ACTIVE_SECONDS', 'STAY_SECONDS', 'CLAIM_SECONDS', 'COLD_SECONDS'];
    expect([...Object.keys(variables), ...withDefaults].toSorted()).toEqual(
      [...Object.keys(parsed), 'NODE_OPTIONS'].toSorted(),
    );
    expect(parsed).toMatchObject({ HOST: '0.0.0.0', REDIS_TLS: 'true', FORWARDED_HOPS: 2 });
    expect(container.PortMappings).toEqual([{ ContainerPort: parsed.PORT, Protocol: 'tcp' }]);
  });

  it('has the rate and the rounds of the settings', () => {
    const task = only('AWS::ECS::TaskDefinition', changed);
    const variables = list(record(list(task.properties.ContainerDefinitions)[0]).Environment);
    const value = (name: string) => variables.find(({ Name }) => Name === name)?.Value;
    expect(['ADMIT_BATCH', 'TICK_MS', 'TICKS_AT_ONCE'].map(value)).toEqual(['400', '250', '32']);
  });

  it('runs an image built from its own source, tagged by the hash of its content, on a pinned Node', () => {
    expect(JSON.stringify(container.Image)).toMatch(/:[0-9a-f]{64}"/);
    const dockerfile = readFileSync(`${repositoryRoot}functions/admission/Dockerfile`, 'utf8');
    const [from, ...others] = dockerfile.match(/^FROM .*$/gm) ?? [];
    expect(others).toEqual([]);
    expect(from).toBe(`FROM node:${manifest.devDependencies.node}-bookworm-slim`);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^CMD \["node", "index\.mjs"\]$/m);
  });

  it('runs on arm64, with a read-only disk, without kernel capabilities and without a public address', () => {
    expect(only('AWS::ECS::TaskDefinition').properties).toMatchObject({
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
      NetworkMode: 'awsvpc',
    });
    expect(container).toMatchObject({
      ReadonlyRootFilesystem: true,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] }, InitProcessEnabled: true },
    });
    const { NetworkConfiguration } = only('AWS::ECS::Service').properties;
    const network = record(record(NetworkConfiguration).AwsvpcConfiguration);
    expect(network.AssignPublicIp).toBe('DISABLED');
    expect(JSON.stringify(network.Subnets)).toMatch(/closedSubnet1.*closedSubnet2/);
    expect(JSON.stringify(network.Subnets)).not.toMatch(/nat|outbound/);
  });

  it('is checked for liveness by the container and for readiness by the load balancer, and has 30 s to end', () => {
    expect(JSON.stringify(record(container.HealthCheck).Command)).toContain('/health');
    expect(container.StopTimeout).toBe(30);
    const groups = dev.resources('AWS::ElasticLoadBalancingV2::TargetGroup', 'queue');
    expect(groups.length).toBe(2);
    for (const { properties } of groups) {
      expect(properties).toMatchObject({ HealthCheckPath: '/ready', TargetType: 'ip', Port: 8080 });
      const delay = list(properties.TargetGroupAttributes).find(
        ({ Key }) => Key === 'deregistration_delay.timeout_seconds',
      );
      expect(Number(delay?.Value)).toBeLessThan(30);
    }
  });

  it('sends a new revision a share of the traffic first, and three alarms roll it back (B6)', () => {
    const service = only('AWS::ECS::Service').properties;
    expect(service.DeploymentConfiguration).toMatchObject({
      Strategy: 'CANARY',
      CanaryConfiguration: { CanaryPercent: 10, CanaryBakeTimeInMinutes: 5 },
      Alarms: { Enable: true, Rollback: true },
    });
    const names = list(record(record(service.DeploymentConfiguration).Alarms).AlarmNames);
    const alarms = new Set(dev.resources('AWS::CloudWatch::Alarm', 'queue').map(({ id }) => id));
    expect(names.length).toBe(3);
    for (const { Ref } of names) expect(alarms).toContain(Ref);
    const rule = only('AWS::ElasticLoadBalancingV2::ListenerRule');
    expect(record(list(service.LoadBalancers)[0]).AdvancedConfiguration).toMatchObject({
      ProductionListenerRule: { Ref: rule.id },
    });
  });

  it('lets ECS change only this rule and register in these two groups', () => {
    queue.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'elasticloadbalancing:ModifyRule',
            Resource: { Ref: only('AWS::ElasticLoadBalancingV2::ListenerRule').id },
          }),
        ]),
      },
    });
  });

  // An update of a rule writes the template's weights over those that ECS has shifted (docs/adr/0053).
  it('has a rule without tags, in stacks without tags', () => {
    const rules = dev.resources('AWS::ElasticLoadBalancingV2::ListenerRule');
    expect(rules.length).toBe(2);
    for (const { properties } of rules) expect(properties).not.toHaveProperty('Tags');
    for (const stack of dev.app.node.children.filter(Stack.isStack))
      expect(stack.tags.renderTags() ?? []).toEqual([]);
  });

  it('waits for the policies of both of its roles', () => {
    const { resource } = only('AWS::ECS::Service');
    const policies = dev
      .resources('AWS::IAM::Policy', 'queue')
      .filter(({ id }) => /Shifter|Starter/.test(id))
      .map(({ id }) => id);
    expect(policies.length).toBe(2);
    expect(resource.DependsOn).toEqual(expect.arrayContaining(policies));
  });

  it('has at least two tasks, and more under load', () => {
    queue.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 2 });
    queue.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: Match.objectLike({ TargetValue: 50 }),
    });
  });

  it('has a log that never blocks it and that expires', () => {
    expect(record(record(container.LogConfiguration).Options).mode).toBe('non-blocking');
  });

  it('may write the capacity, send its events, and read two secrets and the published keys, and nothing else', () => {
    const policy = dev
      .resources('AWS::IAM::Policy', 'queue')
      .find(({ id }) => id.startsWith('AdmissionWorkerRoleDefaultPolicy'));
    const actions = list(record(policy?.properties.PolicyDocument).Statement).flatMap(({ Action }) => Action);
    expect([...new Set(actions)].toSorted()).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      's3:GetObject',
      'secretsmanager:GetSecretValue',
      'sqs:SendMessage',
    ]);
  });
});

describe('the load balancer', () => {
  const attributes = (from = dev) =>
    Object.fromEntries(
      list(only('AWS::ElasticLoadBalancingV2::LoadBalancer', from).properties.LoadBalancerAttributes).map(
        ({ Key, Value }) => [String(Key), Value],
      ),
    );

  it('is internal, refuses ambiguous requests, and logs access', () => {
    expect(only('AWS::ElasticLoadBalancingV2::LoadBalancer').properties.Scheme).toBe('internal');
    expect(attributes()).toMatchObject({
      'routing.http.desync_mitigation_mode': 'strictest',
      'routing.http.drop_invalid_header_fields.enabled': 'true',
      'access_logs.s3.enabled': 'true',
      'deletion_protection.enabled': 'false',
    });
    expect(attributes(prod)['deletion_protection.enabled']).toBe('true');
  });

  it('responds to a path without a rule with 404 in the common error format', () => {
    const [action] = list(only('AWS::ElasticLoadBalancingV2::Listener').properties.DefaultActions);
    const fixed = record(action?.FixedResponseConfig);
    expect(fixed).toMatchObject({ StatusCode: '404', ContentType: 'application/json' });
    expect(JSON.parse(String(fixed.MessageBody))).toEqual({ error: expect.any(String), code: 'NOT_FOUND' });
  });

  it('forwards every route of the queue to the worker', () => {
    const patterns = dev
      .resources('AWS::ElasticLoadBalancingV2::ListenerRule')
      .flatMap(({ properties }) => list(properties.Conditions))
      .flatMap(({ PathPatternConfig }) => record(PathPatternConfig).Values)
      .map((pattern) => new RegExp(`^${String(pattern).replaceAll('*', '.*')}$`));
    for (const { path } of routes.filter((route) => route.path.startsWith('/api/v1/queue/')))
      expect(
        patterns.some((pattern) => pattern.test(path)),
        path,
      ).toBe(true);
  });
});

describe('admission events', () => {
  const queues = dev.resources('AWS::SQS::Queue', 'queue');
  const main = queues.find(({ properties }) => properties.RedrivePolicy !== undefined);

  it('are grouped and encrypted, with a dead-letter queue of the same kind (C6.5)', () => {
    expect(queues.length).toBe(2);
    for (const { properties } of queues)
      expect(properties).toMatchObject({
        FifoQueue: true,
        DeduplicationScope: 'messageGroup',
        FifoThroughputLimit: 'perMessageGroupId',
        SqsManagedSseEnabled: true,
      });
    const dead = queues.find((one) => one !== main);
    expect(main?.properties.RedrivePolicy).toEqual({
      deadLetterTargetArn: { 'Fn::GetAtt': [dead?.id, 'Arn'] },
      maxReceiveCount: 30,
    });
  });

  it('stay hidden for six times the time-out of the function, half a minute in all', () => {
    const timeout = Number(only('AWS::Lambda::Function').properties.Timeout);
    expect(timeout).toBe(5);
    expect(main?.properties.VisibilityTimeout).toBe(6 * timeout);
  });

  it('survive an outage of a quarter of an hour without the dead-letter queue', () => {
    const { maxReceiveCount } = record(main?.properties.RedrivePolicy);
    expect(Number(maxReceiveCount) * Number(main?.properties.VisibilityTimeout)).toBeGreaterThanOrEqual(900);
  });

  it('are consumed in batches of ten, and a failure returns the failed messages, not the batch', () => {
    expect(only('AWS::Lambda::EventSourceMapping').properties).toMatchObject({
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 10 },
      EventSourceArn: { 'Fn::GetAtt': [main?.id, 'Arn'] },
    });
  });

  it('have a consumer with the environment of its contract', () => {
    const variables = record(record(only('AWS::Lambda::Function').properties.Environment).Variables);
    const asText = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, typeof value === 'string' ? value : 'token']),
    );
    expect(Object.keys(parseEnvironment('admissionEvents', asText)).toSorted()).toEqual(
      Object.keys(variables)
        .filter((name) => name !== 'NODE_OPTIONS')
        .toSorted(),
    );
  });
});
