import { AttributeType, type GlobalSecondaryIndexPropsV2, type TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { tableName, tables } from '#contract/tables.ts';
import type { Settings } from '../settings/schema.ts';
import { durableTable } from './durable-table.ts';

export interface WaitingRoomTablesProps {
  readonly settings: Settings;
  readonly alarmTopic: ITopic;
}

/**
 * The tables of the line, the queue and their statistics. Construct ids must not change: a renamed id replaces the table and
 * loses the line.
 */
export class WaitingRoomTables extends Construct {
  readonly events: TableV2;
  readonly counters: TableV2;
  readonly positions: TableV2;
  /** Statistics: each admission and sale, counted once. */
  readonly stats: TableV2;

  constructor(scope: Construct, id: string, props: WaitingRoomTablesProps) {
    super(scope, id);
    this.events = this.table('events', 'Events', props, [
      {
        // Sparse: only events on sale have the attribute, so their listing does not read the others (C6.9).
        indexName: tables.events.liveIndex.name,
        partitionKey: { name: tables.events.liveIndex.partitionKey, type: AttributeType.STRING },
      },
    ]);
    this.counters = this.table('counters', 'Counters', props);
    this.positions = this.table('positions', 'Positions', props);
    this.stats = this.table('stats', 'Stats', props);
  }

  private table(
    name: 'events' | 'counters' | 'positions' | 'stats',
    id: string,
    { settings, alarmTopic }: WaitingRoomTablesProps,
    indexes: GlobalSecondaryIndexPropsV2[] = [],
  ): TableV2 {
    const shape = tables[name];
    const warm = name === 'stats' ? undefined : settings.warmThroughput[name];
    return durableTable(this, id, {
      settings,
      alarmTopic,
      tableName: tableName(settings.environmentName, name),
      name,
      partitionKey: shape.partitionKey,
      ...('sortKey' in shape ? { sortKey: shape.sortKey } : {}),
      ...('timeToLive' in shape ? { timeToLive: shape.timeToLive } : {}),
      indexes,
      ...(warm === undefined ? {} : { warm }),
    });
  }
}
