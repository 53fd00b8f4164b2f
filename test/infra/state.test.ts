import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { salesTableName, salesTables } from '#contract/sale-tables.ts';
import { lastGoodPrefix, tableName, tables } from '#contract/tables.ts';
import { record, synthesize } from './support/synthesized.ts';

const dev = synthesize('dev', { isBundled: true });
const prod = synthesize('prod');
const list = (value: unknown) => (Array.isArray(value) ? value.map(record) : []);
const ownTables = ['events', 'counters', 'positions', 'stats'] as const;
const sales = ['seats', 'reservations', 'payments', 'sales'] as const;

describe('tables', () => {
  it.each(ownTables)('%s is encrypted, recoverable to the second and billed per request', (name) => {
    prod.template('state').hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TableName: tableName('prod', name),
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: tables[name].partitionKey, KeyType: 'HASH' },
        ...('sortKey' in tables[name] ? [{ AttributeName: tables[name].sortKey, KeyType: 'RANGE' }] : []),
      ],
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      Replicas: [
        Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }),
      ],
    });
  });

  it.each(sales)('%s has the keys and sparse indexes of the contract, with numbers as times', (name) => {
    const { partitionKey, indexes } = salesTables[name];
    prod.template('state').hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TableName: salesTableName('prod', name),
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: partitionKey, KeyType: 'HASH' }],
      AttributeDefinitions: Match.arrayWith(
        indexes.slice(0, 1).map((index) => ({ AttributeName: index.sortKey, AttributeType: 'N' })),
      ),
      TimeToLiveSpecification: Match.absent(),
      Replicas: [
        Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }),
      ],
    });
    const [table] = prod
      .resources('AWS::DynamoDB::GlobalTable')
      .filter(({ properties }) => properties.TableName === salesTableName('prod', name));
    const made = table?.properties.GlobalSecondaryIndexes ?? [];
    expect(made).toMatchObject(
      indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: [
          { AttributeName: index.partitionKey, KeyType: 'HASH' },
          { AttributeName: index.sortKey, KeyType: 'RANGE' },
        ],
      })),
    );
  });

  it.each(['counters', 'positions', 'stats'] as const)(
    '%s expires items by the attribute of the contract',
    (name) => {
      dev.template('state').hasResourceProperties('AWS::DynamoDB::GlobalTable', {
        TableName: tableName('dev', name),
        TimeToLiveSpecification: { AttributeName: tables[name].timeToLive, Enabled: true },
      });
    },
  );

  it('the events table has no expiry', () => {
    dev.template('state').hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TableName: tableName('dev', 'events'),
      TimeToLiveSpecification: Match.absent(),
    });
  });

  it('only the counter advancer writes the copies of usable events, and it writes no event', () => {
    const writes = /dynamodb:(?:Put|Update|Delete|BatchWrite)/;
    const statements = dev
      .resources('AWS::IAM::Policy')
      .flatMap(({ id, properties }) =>
        list(record(properties.PolicyDocument).Statement).map((statement) => ({ id, statement })),
      )
      .filter(({ statement }) => writes.test(JSON.stringify(statement.Action)))
      .filter(({ statement }) => /(?:Tables)?Events[0-9A-F]{8}/.test(JSON.stringify(statement.Resource)));
    const keysOf = (statement: Record<string, unknown>) => record(statement.Condition);
    const [advancer, ...workers] = statements.toSorted((a, b) =>
      a.id.includes('Advancer') ? -1 : b.id.includes('Advancer') ? 1 : 0,
    );
    expect(workers.map(({ id }) => /Admission|SeatLock/.exec(id)?.[0]).toSorted()).toEqual([
      'Admission',
      'SeatLock',
    ]);
    expect(advancer?.statement.Action).toBe('dynamodb:PutItem');
    expect(keysOf(advancer?.statement ?? {})).toEqual({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${lastGoodPrefix}*`] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    });
    for (const { statement } of workers) {
      expect(statement.Action).toBe('dynamodb:UpdateItem');
      expect(keysOf(statement)).toEqual({
        'ForAllValues:StringNotLike': { 'dynamodb:LeadingKeys': [`${lastGoodPrefix}*`] },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      });
    }
  });

  it('live events are read by index, never by scan (C6.9)', () => {
    dev.template('state').hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TableName: tableName('dev', 'events'),
      GlobalSecondaryIndexes: [
        Match.objectLike({
          IndexName: tables.events.liveIndex.name,
          KeySchema: [{ AttributeName: tables.events.liveIndex.partitionKey, KeyType: 'HASH' }],
        }),
      ],
    });
    expect(JSON.stringify(dev.all)).not.toContain('dynamodb:Scan');
  });

  it('prod retains its tables whatever happens to the template', () => {
    const found = prod.resources('AWS::DynamoDB::GlobalTable');
    expect(found.length).toBe(Object.keys(tables).length + Object.keys(salesTables).length);
    for (const { resource, properties } of found) {
      // A failed first deployment deletes what it created, so that it can be repeated.
      expect(resource.DeletionPolicy).toBe('RetainExceptOnCreate');
      expect(resource.UpdateReplacePolicy).toBe('Retain');
      expect(properties.Replicas).toMatchObject([{ DeletionProtectionEnabled: true }]);
    }
  });

  it('prod keeps nothing of a failed creation except versions of the gate', () => {
    const kept = prod.all.filter(({ resource }) => resource.DeletionPolicy === 'Retain');
    expect(kept.map(({ type }) => type)).toEqual(['AWS::Lambda::Version']);
  });

  it('dev deletes its tables with the stack', () => {
    for (const { resource } of dev.resources('AWS::DynamoDB::GlobalTable'))
      expect(resource.DeletionPolicy).toBe('Delete');
  });

  it('warm throughput is a setting per table', () => {
    prod.template('state').hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TableName: tableName('prod', 'counters'),
      WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 10_000 },
    });
    prod.template('state').hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TableName: tableName('prod', 'events'),
      WarmThroughput: Match.absent(),
    });
  });
});

describe('buckets', () => {
  const buckets = prod.resources('AWS::S3::Bucket');

  it('no bucket is public', () => {
    expect(buckets.length).toBeGreaterThan(0);
    for (const { properties } of buckets)
      expect(properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
  });

  it('no bucket policy grants access to everybody', () => {
    for (const { properties } of prod.resources('AWS::S3::BucketPolicy'))
      for (const statement of statementsOf(properties.PolicyDocument))
        if (statement.Effect === 'Allow') expect(statement.Principal).not.toEqual({ AWS: '*' });
  });

  it('every bucket is encrypted and refuses plain HTTP', () => {
    for (const { properties } of buckets) expect(properties.BucketEncryption).toBeDefined();
    const policies = prod.resources('AWS::S3::BucketPolicy');
    expect(policies.length).toBe(buckets.length);
    for (const { properties } of policies)
      expect(JSON.stringify(properties)).toContain('{"Bool":{"aws:SecureTransport":"false"}}');
  });
});

describe('secrets', () => {
  it('Secrets Manager generates the origin secret, and no template contains it', () => {
    dev.template('state').hasResourceProperties('AWS::SecretsManager::Secret', {
      SecretString: Match.absent(),
      GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
    });
  });

  it('the signing keys start empty, so no template has ever contained a key', () => {
    dev.template('state').hasResourceProperties('AWS::SecretsManager::Secret', {
      SecretString: '{"keys":[]}',
    });
  });
});

function statementsOf(document: unknown) {
  const { Statement } = record(document);
  return Array.isArray(Statement) ? Statement.map(record) : [];
}
