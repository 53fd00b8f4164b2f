import { AttributeType, type TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type SalesTable, salesTableName, salesTables } from '#contract/sale-tables.ts';
import type { Settings } from '../settings/schema.ts';
import { durableTable } from './durable-table.ts';

export interface SalesTablesProps {
  readonly settings: Settings;
  readonly alarmTopic: ITopic;
}

/** The tables of the sale. Their indexes are sparse: an item is in an index only while it has the attributes. */
export class SalesTables extends Construct {
  readonly seats: TableV2;
  readonly reservations: TableV2;
  readonly payments: TableV2;
  readonly sales: TableV2;

  constructor(scope: Construct, id: string, props: SalesTablesProps) {
    super(scope, id);
    this.seats = this.table('seats', 'Seats', props);
    this.reservations = this.table('reservations', 'Reservations', props);
    this.payments = this.table('payments', 'Payments', props);
    this.sales = this.table('sales', 'Sales', props);
  }

  private table(name: SalesTable, id: string, { settings, alarmTopic }: SalesTablesProps): TableV2 {
    const { partitionKey, indexes } = salesTables[name];
    return durableTable(this, id, {
      settings,
      alarmTopic,
      tableName: salesTableName(settings.environmentName, name),
      name,
      partitionKey,
      indexes: indexes.map((index) => ({
        indexName: index.name,
        partitionKey: { name: index.partitionKey, type: AttributeType.STRING },
        sortKey: { name: index.sortKey, type: AttributeType.NUMBER },
      })),
    });
  }
}
