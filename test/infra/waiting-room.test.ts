import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { type environments, parseEnvironment } from '#contract/environment.ts';
import { vwrApiPrefix } from '#contract/line-http.ts';
import { routes } from '#contract/routes.ts';
import { record, synthesize } from './support/synthesized.ts';

const dev = synthesize('dev', { isBundled: true });
const prod = synthesize('prod');

/** URR's own functions in the home Region; the toolkit's copier runs Python. */
const functions = dev.resources('AWS::Lambda::Function', 'waiting-room');
const serviceOf = (properties: Readonly<Record<string, unknown>>) =>
  String(record(record(properties.Environment).Variables).POWERTOOLS_SERVICE_NAME);
const functionOf = (service: string) => {
  const found = functions.find(({ properties }) => serviceOf(properties) === `urr-dev-${service}`);
  if (found === undefined) throw new Error(`no function ${service}`);
  return found;
};

describe('functions', () => {
  it.each<[string, keyof typeof environments]>([
    ['vwr-api', 'vwrApi'],
    ['catalogue', 'catalogue'],
    ['counter-advancer', 'counterAdvancer'],
    ['key-rotation', 'keyRotation'],
  ])('%s is given an environment that its contract accepts, and no variable more', (service, contract) => {
    const variables = record(record(functionOf(service).properties.Environment).Variables);
    const asText = Object.fromEntries(
      // A token stands for a value that is known only at deployment. An issuer's must be an address.
      Object.entries(variables).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : 'https://token.example',
      ]),
    );
    const parsed = parseEnvironment(contract, asText);
    // Node's own switch: source maps in stack traces.
    expect(Object.keys(variables).sort()).toEqual([...Object.keys(parsed), 'NODE_OPTIONS'].sort());
  });

  it('every function runs Node 24 on arm64, with tracing, as a bundled ES module', () => {
    expect(functions.length).toBe(4);
    for (const { properties } of functions)
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
      });
  });

  it('every function has a log group of its own that expires', () => {
    const groups = new Map(dev.resources('AWS::Logs::LogGroup').map((group) => [group.id, group.properties]));
    const used = functions.map(({ properties }) =>
      String(record(record(properties.LoggingConfig).LogGroup).Ref),
    );
    expect(new Set(used).size).toBe(functions.length);
    for (const id of used) expect(groups.get(id)?.RetentionInDays).toBe(7);
  });
});

describe('permissions', () => {
  it('no policy of URR allows a wildcard action', () => {
    const offenders = statements().filter(
      ({ id, actions }) => !id.startsWith('ContentRole') && actions.some((action) => action.includes('*')),
    );
    expect(offenders.map(({ id, actions }) => ({ id, actions }))).toEqual([]);
  });

  it('only actions without resource-level permissions have a resource of "*"', () => {
    const everywhere = statements().filter(({ resources }) => resources.includes('"*"'));
    const traced = dev
      .resources('AWS::Lambda::Function')
      .filter(({ properties }) => properties.TracingConfig);
    const tracing = everywhere.filter(({ actions }) => actions.includes('xray:PutTraceSegments'));
    expect(tracing.length).toBe(traced.length);
    for (const { actions } of tracing)
      expect(actions.toSorted()).toEqual(['xray:PutTelemetryRecords', 'xray:PutTraceSegments']);
    for (const { actions } of everywhere.filter((one) => !tracing.includes(one)))
      for (const action of actions)
        expect(action).toMatch(/^(?:ecr:GetAuthorizationToken|elasticloadbalancing:Describe[A-Za-z]+)$/);
  });

  it('only the advancer may write the edge configuration, and only that object', () => {
    const puts = statements().filter(
      ({ id, actions }) => !id.startsWith('ContentRole') && actions.includes('s3:PutObject'),
    );
    expect(puts.map(({ id }) => id)).toEqual([expect.stringContaining('CounterAdvancer')]);
    expect(puts[0]?.resources).toContain('/edge-config.json');
  });

  it('only the rotation may write the signing keys', () => {
    const writers = statements().filter(({ actions }) => actions.includes('secretsmanager:PutSecretValue'));
    expect(new Set(writers.map(({ id }) => id))).toEqual(new Set([expect.stringContaining('KeyRotation')]));
  });

  it('only signers may read the private keys, and only verifiers the public keys', () => {
    const readers = (secret: string) =>
      statements()
        .filter(({ actions }) => actions.includes('secretsmanager:GetSecretValue'))
        .filter(({ resources }) => resources.includes(secret))
        .map(({ id }) => /^(?:KeyRotation|VwrApi|Admission|CounterAdvancer|SeatLock)/.exec(id)?.[0] ?? id)
        .toSorted();
    expect(readers('SigningKeys')).toEqual(['Admission', 'KeyRotation', 'VwrApi']);
    expect(readers('PublicKeys')).toEqual(['CounterAdvancer', 'SeatLock']);
    const named = [
      ...dev.resources('AWS::Lambda::Function'),
      ...dev.resources('AWS::ECS::TaskDefinition'),
    ].filter(({ properties }) => JSON.stringify(properties).includes('SIGNING_KEYS_SECRET'));
    expect(named.map(({ id }) => /^[A-Z][a-z]+(?:[A-Z][a-z]+)?/.exec(id)?.[0]).toSorted()).toEqual([
      'AdmissionWorker',
      'KeyRotation',
      'VwrApi',
    ]);
  });

  function statements() {
    return dev.resources('AWS::IAM::Policy').flatMap(({ id, properties }) => {
      const { Statement } = record(properties.PolicyDocument);
      return (Array.isArray(Statement) ? Statement.map(record) : []).map(({ Action, Resource }) => ({
        id,
        actions: [Action].flat().map(String),
        resources: JSON.stringify(Resource),
      }));
    });
  }
});

describe('HTTP API', () => {
  it('has exactly the routes of the contract, and no default route', () => {
    const expected = routes.flatMap(({ methods, path }) => {
      if (path.startsWith(`${vwrApiPrefix}/`))
        return methods.map((method) => `${method} ${path.slice(vwrApiPrefix.length)}`);
      return /^\/api\/v1\/(?:events|stats|auth)/.test(path)
        ? methods.map((method) => `${method} ${path}`)
        : [];
    });
    const made = dev.resources('AWS::ApiGatewayV2::Route').map(({ properties }) => properties.RouteKey);
    expect(made.toSorted()).toEqual(expected.toSorted());
    expect(made.length).toBe(9);
  });

  it('is throttled, and its access log contains neither cookies nor paths with ids', () => {
    const [stage] = dev.resources('AWS::ApiGatewayV2::Stage');
    expect(stage?.properties.DefaultRouteSettings).toMatchObject({
      ThrottlingBurstLimit: 500,
      ThrottlingRateLimit: 500,
    });
    const format = String(record(stage?.properties.AccessLogSettings).Format);
    expect(format).toContain('$context.routeKey');
    expect(format).not.toMatch(/cookie|header|\$context\.path|authorizer/i);
  });
});

describe('counter advancer', () => {
  it('is started each minute, and an event that cannot be delivered is kept (C6.4)', () => {
    dev.template('waiting-room').hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'Arn'] } },
        RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60 },
      },
    });
  });

  it('keeps the event of a failed run', () => {
    dev.template('waiting-room').hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 1,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'Arn'] } },
      },
    });
  });

  it('has dead letters that are encrypted, kept for two weeks, and raise an alarm', () => {
    dev.template('waiting-room').hasResourceProperties('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 14 * 24 * 60 * 60,
    });
    dev.template('waiting-room').hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Threshold: 1,
    });
  });

  it('may run twice at once, so that a late run does not make Lambda refuse the next', () => {
    const [advancer] = prod
      .resources('AWS::Lambda::Function', 'waiting-room')
      .filter(({ properties }) => serviceOf(properties) === 'urr-prod-counter-advancer');
    expect(advancer?.properties.ReservedConcurrentExecutions).toBeGreaterThanOrEqual(2);
    expect(advancer?.properties.Timeout).toBeGreaterThan(60);
  });

  it('raises an alarm after three minutes without data', () => {
    dev.template('waiting-room').hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'Invocations',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
    });
  });
});

describe('signing keys', () => {
  it('are rotated at once, which creates the first key, and then every thirty days', () => {
    dev.template('waiting-room').hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
      RotateImmediatelyOnUpdate: true,
      RotationRules: { ScheduleExpression: 'rate(30 days)' },
      RotationLambdaARN: { 'Fn::GetAtt': [Match.stringLikeRegexp('KeyRotation'), 'Arn'] },
    });
  });

  it('are rotated only by Secrets Manager, for this one secret', () => {
    dev.template('waiting-room').hasResourceProperties('AWS::Lambda::Permission', {
      Principal: 'secretsmanager.amazonaws.com',
      SourceArn: Match.anyValue(),
    });
  });
});
