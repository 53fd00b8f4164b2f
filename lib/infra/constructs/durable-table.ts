import {
  AttributeType,
  Billing,
  type GlobalSecondaryIndexPropsV2,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { removalPolicy } from '../removal.ts';
import type { Settings } from '../settings/schema.ts';
import { tableAlarms } from './table-alarms.ts';

type Warm = Settings['warmThroughput'][keyof Settings['warmThroughput']];

export interface DurableTableProps {
  readonly settings: Settings;
  /** Physical name. */
  readonly tableName: string;
  /** Name in alarms, for example `events`. */
  readonly name: string;
  /** A string attribute. */
  readonly partitionKey: string;
  /** A string attribute. @default - none */
  readonly sortKey?: string;
  /** Attribute with the expiry in Unix seconds. @default - items do not expire */
  readonly timeToLive?: string;
  /** @default - none */
  readonly indexes?: GlobalSecondaryIndexPropsV2[];
  /** Warm throughput. @default - that of a new on-demand table */
  readonly warm?: Warm;
  readonly alarmTopic: ITopic;
}

/** Adds a table with URR's defaults: on demand, encrypted, point-in-time recovery, kept in prod, alarms on throttles. */
export function durableTable(scope: Construct, id: string, props: DurableTableProps): TableV2 {
  const { settings, sortKey, timeToLive, warm } = props;
  const table = new TableV2(scope, id, {
    tableName: props.tableName,
    partitionKey: { name: props.partitionKey, type: AttributeType.STRING },
    ...(sortKey === undefined ? {} : { sortKey: { name: sortKey, type: AttributeType.STRING } }),
    globalSecondaryIndexes: props.indexes ?? [],
    billing: Billing.onDemand(),
    encryption: TableEncryptionV2.awsManagedKey(),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: settings.deletionProtection,
    removalPolicy: removalPolicy(settings),
    ...(timeToLive === undefined ? {} : { timeToLiveAttribute: timeToLive }),
    ...(warm === undefined ? {} : { warmThroughput: warm }),
  });
  tableAlarms(scope, `${id}Throttles`, { table, name: props.name, alarmTopic: props.alarmTopic });
  return table;
}
