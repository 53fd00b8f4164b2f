import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import type { ResourceModule } from '../cloudformation/engine.ts';
import { clientOptions } from './clients.ts';
import { flag, noLocalEffect, propertiesOf } from './properties.ts';

const keySchema = z
  .array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }))
  .min(1)
  .max(2);
const indexSchema = z.strictObject({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: z.strictObject({
    ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
    NonKeyAttributes: z.array(z.string()).optional(),
  }),
  ProvisionedThroughput: noLocalEffect,
  OnDemandThroughput: noLocalEffect,
  WarmThroughput: noLocalEffect,
  WriteProvisionedThroughputSettings: noLocalEffect,
  WriteOnDemandThroughputSettings: noLocalEffect,
  ReadProvisionedThroughputSettings: noLocalEffect,
  ReadOnDemandThroughputSettings: noLocalEffect,
  ContributorInsightsSpecification: noLocalEffect,
});
const tableSchema = z.strictObject({
  TableName: z.string().optional(),
  KeySchema: keySchema,
  AttributeDefinitions: z
    .array(z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }))
    .min(1),
  GlobalSecondaryIndexes: z.array(indexSchema).optional(),
  LocalSecondaryIndexes: z.array(indexSchema).optional(),
  // AWS deletes expired items within days, without a guaranteed time. Here they stay.
  TimeToLiveSpecification: z.strictObject({ AttributeName: z.string().optional(), Enabled: flag }).optional(),
  // In a single Region a GlobalTable has one replica, which repeats the settings of the table.
  Replicas: z.array(z.looseObject({ Region: z.string() })).optional(),
  BillingMode: noLocalEffect,
  ProvisionedThroughput: noLocalEffect,
  OnDemandThroughput: noLocalEffect,
  WriteProvisionedThroughputSettings: noLocalEffect,
  WriteOnDemandThroughputSettings: noLocalEffect,
  ReadOnDemandThroughputSettings: noLocalEffect,
  WarmThroughput: noLocalEffect,
  SSESpecification: noLocalEffect,
  PointInTimeRecoverySpecification: noLocalEffect,
  DeletionProtectionEnabled: noLocalEffect,
  ContributorInsightsSpecification: noLocalEffect,
  TableClass: noLocalEffect,
  Tags: noLocalEffect,
});

/** AWS::DynamoDB::Table and GlobalTable: a table in dynalite with the template's keys and indexes. */
export const table: ResourceModule = async (resource, registry) => {
  const properties = propertiesOf(resource, tableSchema);
  const name = properties.TableName ?? resource.generatedName(255);
  const client = new DynamoDBClient(clientOptions(registry.endpoints.dynamodb, resource.region));
  const indexes = (list: typeof properties.GlobalSecondaryIndexes) =>
    list?.map(({ IndexName, KeySchema, Projection }) => ({
      IndexName,
      KeySchema,
      Projection: {
        ProjectionType: Projection.ProjectionType,
        ...(Projection.NonKeyAttributes && { NonKeyAttributes: Projection.NonKeyAttributes }),
      },
    }));
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        KeySchema: properties.KeySchema,
        AttributeDefinitions: properties.AttributeDefinitions,
        BillingMode: 'PAY_PER_REQUEST',
        GlobalSecondaryIndexes: indexes(properties.GlobalSecondaryIndexes),
        LocalSecondaryIndexes: indexes(properties.LocalSecondaryIndexes),
      }),
    );
  } finally {
    client.destroy();
  }
  const arn = `arn:aws:dynamodb:${resource.region}:${resource.account}:table/${name}`;
  return { ref: name, attributes: { Arn: arn, TableId: name } };
};
