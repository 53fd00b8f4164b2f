import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type SalesTable, salesTableName, salesTables } from '#contract/sale-tables.ts';
import { tableName, tables } from '#contract/tables.ts';
import { type Input, MemoryDynamodb, type TableShape } from './dynamodb.ts';

type Shapes = Readonly<Record<string, TableShape>>;

/** The sale's tables from the contract, so that a new index is included automatically. */
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

/** A document client whose server is in memory: without faults, and without delay except the lag of the copies. */
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
