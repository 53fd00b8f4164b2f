import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type SalesTable, salesTableName, salesTables } from '#contract/sale-tables.ts';
import { tableName, tables } from '#contract/tables.ts';
import { type Input, MemoryDynamodb, type TableShape } from './dynamodb.ts';

type Shapes = Readonly<Record<string, TableShape>>;

/** The sale's tables as the contract names them: a new index is played as soon as it stands there. */
export const salesShapes = (environmentName: string): Shapes =>
  Object.fromEntries(
    Object.entries(salesTables).map(([name, shape]) => [
      salesTableName(environmentName, name as SalesTable),
      shape,
    ]),
  );

/** All other tables. */
export const otherShapes = (environmentName: string): Shapes =>
  Object.fromEntries(
    Object.entries(tables).map(([name, shape]) => [
      tableName(environmentName, name as keyof typeof tables),
      { ...shape, indexes: 'liveIndex' in shape ? [shape.liveIndex] : [] },
    ]),
  );

/** A document client whose server is in memory: without faults, and without delay but the copies' own. */
export function memoryDocuments(
  shapes: Shapes,
  options: { readonly nowMs?: () => number; readonly lagMs?: () => number; readonly pageItems?: number } = {},
): DynamoDBDocumentClient {
  const { nowMs = () => 0, lagMs = () => 0, pageItems = 1000 } = options;
  const dynamodb = new MemoryDynamodb({ tables: shapes, nowMs, lagMs, pageItems });
  const client = {
    send: async ({ constructor: { name }, input }: { constructor: { name: string }; input: Input }) =>
      dynamodb.run(name, input, () => {}),
  };
  return client as unknown as DynamoDBDocumentClient;
}
