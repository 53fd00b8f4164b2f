import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type GlobalSecondaryIndexPropsV2,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { tableName, tables } from '#contract/tables.ts';
import type { Settings } from '../settings/schema.ts';
import { tableAlarms } from './table-alarms.ts';

export interface WaitingRoomTablesProps {
  readonly settings: Settings;
  readonly alarmTopic: ITopic;
}

/** Tier 1's three tables. Construct ids are stable: renaming one replaces the table and forgets the line. */
export class WaitingRoomTables extends Construct {
  readonly events: TableV2;
  readonly counters: TableV2;
  readonly positions: TableV2;

  constructor(scope: Construct, id: string, props: WaitingRoomTablesProps) {
    super(scope, id);
    this.events = this.table('events', 'Events', props, [
      {
        // Sparse: only events on sale carry the attribute, so listing them never reads the others (C6.9).
        indexName: tables.events.liveIndex.name,
        partitionKey: { name: tables.events.liveIndex.partitionKey, type: AttributeType.STRING },
      },
    ]);
    this.counters = this.table('counters', 'Counters', props);
    this.positions = this.table('positions', 'Positions', props);
  }

  private table(
    name: 'events' | 'counters' | 'positions',
    id: string,
    { settings, alarmTopic }: WaitingRoomTablesProps,
    indexes: GlobalSecondaryIndexPropsV2[] = [],
  ): TableV2 {
    const shape = tables[name];
    const warm = settings.warmThroughput[name];
    const table = new TableV2(this, id, {
      tableName: tableName(settings.environmentName, name),
      partitionKey: { name: shape.partitionKey, type: AttributeType.STRING },
      globalSecondaryIndexes: indexes,
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: settings.deletionProtection,
      removalPolicy: settings.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...('timeToLive' in shape ? { timeToLiveAttribute: shape.timeToLive } : {}),
      ...(warm === undefined ? {} : { warmThroughput: warm }),
    });
    tableAlarms(this, `${id}Throttles`, { table, name, alarmTopic });
    return table;
  }
}
