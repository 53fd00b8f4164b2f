import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { tableName, tables } from '#contract/tables.ts';
import { createLog } from '#local/log.ts';
import { startChildServer } from '#local/servers/child-server.ts';

export interface TestDynamodb {
  readonly url: string;
  readonly client: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
  /** Creates every table of the contract under an environment's names, so that parallel tests do not share tables. */
  createTables(environmentName: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the embedded DynamoDB of the local run, in a process of its own, for one test file. */
export async function startDynamodb(): Promise<TestDynamodb> {
  const server = await startChildServer(
    'dynamodb',
    './dynamodb-child.ts',
    createLog(() => {}),
  );
  const client = new DynamoDBClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return {
    url: server.url,
    client,
    documents: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    async createTables(environmentName) {
      for (const command of tableCommands(environmentName)) await client.send(command);
    },
    async stop() {
      client.destroy();
      await server.stop();
    },
  };
}

function tableCommands(environmentName: string): CreateTableCommand[] {
  const { liveIndex } = tables.events;
  const named = Object.entries(tables) as [keyof typeof tables, { partitionKey: string; sortKey?: string }][];
  return named.map(([table, { partitionKey, sortKey }]) => {
    const index = {
      IndexName: liveIndex.name,
      KeySchema: [{ AttributeName: liveIndex.partitionKey, KeyType: 'HASH' as const }],
      Projection: { ProjectionType: 'ALL' as const },
    };
    const others = table === 'events' ? [liveIndex.partitionKey] : sortKey === undefined ? [] : [sortKey];
    const keys = [partitionKey, ...others];
    return new CreateTableCommand({
      TableName: tableName(environmentName, table),
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [
        { AttributeName: partitionKey, KeyType: 'HASH' as const },
        ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: 'RANGE' as const }]),
      ],
      ...(table === 'events' ? { GlobalSecondaryIndexes: [index] } : {}),
    });
  });
}
