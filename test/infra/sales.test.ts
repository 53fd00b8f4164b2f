import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseEnvironment } from '#contract/environment.ts';
import { routes } from '#contract/routes.ts';
import { salesTables } from '#contract/sale-tables.ts';
import { repositoryRoot } from '#infra/bundle.ts';
import { otherWorkers, record, synthesize } from './support/synthesized.ts';

const dev = synthesize('dev', { isBundled: true });
const list = (value: unknown) => (Array.isArray(value) ? value.map(record) : []);
const only = (type: string) => {
  const [one, ...others] = dev.resources(type, 'sales');
  if (one === undefined || others.length > 0) throw new Error(`not exactly one ${type}`);
  return one;
};
const container = record(list(only('AWS::ECS::TaskDefinition').properties.ContainerDefinitions)[0]);
const statements = list(
  record(
    dev
      .resources('AWS::IAM::Policy', 'sales')
      .find(({ id }) => id.startsWith('SeatLockWorkerRoleDefaultPolicy'))?.properties.PolicyDocument,
  ).Statement,
);

describe('the seat-lock worker', () => {
  it('has an environment that its contract accepts, and no other variable', () => {
    const variables = Object.fromEntries(
      list(container.Environment).map(({ Name, Value }) => [String(Name), Value]),
    );
    const stands: Readonly<Record<string, string>> = {
      SIGN_IN_ISSUER: 'https://issuer.example',
      RESERVATION_QUEUE_URL: 'https://queue.example',
      REDIS_PORT: '6390',
    };
    const asText = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : (stands[name] ?? 'token'),
      ]),
    );
    const parsed = parseEnvironment('seatLock', asText);
    expect([...Object.keys(variables), 'ACTIVE_SECONDS', 'STAY_SECONDS'].toSorted()).toEqual(
      [...Object.keys(parsed), 'NODE_OPTIONS'].toSorted(),
    );
    expect(parsed.HOST).toBe('0.0.0.0');
    expect(container.PortMappings).toEqual([{ ContainerPort: parsed.PORT, Protocol: 'tcp' }]);
  });

  it('has the rounds of the settings', () => {
    const [task] = synthesize('dev', { workers: otherWorkers }).resources(
      'AWS::ECS::TaskDefinition',
      'sales',
    );
    const variables = list(record(list(task?.properties.ContainerDefinitions)[0]).Environment);
    const value = (name: string) => variables.find(({ Name }) => Name === name)?.Value;
    expect(['SWEEP_MS', 'RECONCILE_MS'].map(value)).toEqual(['500', '5000']);
  });

  it('has an image built like that of the admission worker', () => {
    const dockerfile = (worker: string) =>
      readFileSync(`${repositoryRoot}functions/${worker}/Dockerfile`, 'utf8').replaceAll(/^#.*\n/gm, '');
    expect(dockerfile('seat-lock')).toBe(dockerfile('admission'));
  });

  it('can reach the payment provider, without a public address of its own', () => {
    const network = record(
      record(only('AWS::ECS::Service').properties.NetworkConfiguration).AwsvpcConfiguration,
    );
    expect(network.AssignPublicIp).toBe('DISABLED');
    expect(JSON.stringify(network.Subnets)).toMatch(/outboundSubnet1.*outboundSubnet2/);
  });

  it('sends a new revision a share of the traffic first, and alarms roll it back (B6)', () => {
    expect(only('AWS::ECS::Service').properties.DeploymentConfiguration).toMatchObject({
      Strategy: 'CANARY',
      Alarms: { Enable: true, Rollback: true },
    });
  });

  it('gets every route of seats, reservations and payments, after the rules of the queue', () => {
    const rule = only('AWS::ElasticLoadBalancingV2::ListenerRule').properties;
    const patterns = list(rule.Conditions)
      .flatMap(({ PathPatternConfig }) => record(PathPatternConfig).Values)
      .map((pattern) => new RegExp(`^${String(pattern).replaceAll('*', '.*')}$`));
    const own = routes.filter(({ path }) => /^\/api\/v1\/(?:seats|reservations|payments)\//.test(path));
    expect(own.length).toBeGreaterThan(5);
    for (const { path } of own)
      expect(
        patterns.some((pattern) => pattern.test(path)),
        path,
      ).toBe(true);
    const priorities = dev
      .resources('AWS::ElasticLoadBalancingV2::ListenerRule')
      .map(({ properties }) => properties.Priority);
    expect(new Set(priorities).size).toBe(priorities.length);
  });

  it('has the provider’s secrets by name, and the templates do not contain them', () => {
    const text = JSON.stringify(container);
    expect(text).toMatch(/PAYMENT_SECRET.*ImportValue/);
    for (const { properties } of dev.resources('AWS::SecretsManager::Secret', 'state'))
      if (String(properties.Description).includes('provider')) {
        expect(properties.SecretString).toBeUndefined();
        expect(properties.GenerateSecretString).toBeDefined();
      }
  });

  it('may query its tables by the indexes of the contract, and access nothing else', () => {
    const queried = statements
      .filter(({ Action }) => [Action].flat().includes('dynamodb:Query'))
      .map(({ Resource }) => JSON.stringify(Resource));
    const indexes = Object.values(salesTables).flatMap((table) => table.indexes.map(({ name }) => name));
    for (const name of indexes)
      expect(
        queried.some((resource) => resource.includes(`/index/${name}`)),
        name,
      ).toBe(true);
    for (const { Action, Resource } of statements) {
      expect(JSON.stringify(Action)).not.toContain('*');
      expect(Resource).not.toBe('*');
    }
  });
});

describe('reservation events', () => {
  it('have a FIFO queue with dead letters, hidden for six times the function’s time-out, half a minute', () => {
    const queues = dev.resources('AWS::SQS::Queue', 'sales');
    expect(queues.length).toBe(2);
    for (const { properties } of queues)
      expect(properties).toMatchObject({ FifoQueue: true, SqsManagedSseEnabled: true });
    const main = queues.find(({ properties }) => properties.RedrivePolicy !== undefined);
    const timeout = Number(only('AWS::Lambda::Function').properties.Timeout);
    expect(main?.properties.VisibilityTimeout).toBe(6 * timeout);
    expect(timeout).toBe(5);
    expect(only('AWS::Lambda::EventSourceMapping').properties).toMatchObject({
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });
});
