import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type SalesTable, salesTableName, salesTables } from '#contract/sale-tables.ts';

/** Creates the sale's tables as the stacks define them, under an environment's names. */
export async function createSalesTables(client: DynamoDBClient, environmentName: string): Promise<void> {
  for (const table of Object.keys(salesTables) as SalesTable[]) {
    const { partitionKey, indexes } = salesTables[table];
    const text = new Set([partitionKey, ...indexes.map((index) => index.partitionKey)]);
    const numbers = new Set(indexes.map((index) => index.sortKey));
    await client.send(
      new CreateTableCommand({
        TableName: salesTableName(environmentName, table),
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          ...[...text].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
          ...[...numbers].map((AttributeName) => ({ AttributeName, AttributeType: 'N' as const })),
        ],
        KeySchema: [{ AttributeName: partitionKey, KeyType: 'HASH' }],
        ...(indexes.length === 0
          ? {}
          : {
              GlobalSecondaryIndexes: indexes.map((index) => ({
                IndexName: index.name,
                KeySchema: [
                  { AttributeName: index.partitionKey, KeyType: 'HASH' as const },
                  { AttributeName: index.sortKey, KeyType: 'RANGE' as const },
                ],
                Projection: { ProjectionType: 'ALL' as const },
              })),
            }),
      }),
    );
  }
}
