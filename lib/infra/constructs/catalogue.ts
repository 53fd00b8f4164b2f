import { Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { tables } from '#contract/tables.ts';
import type { Settings } from '../settings/schema.ts';
import { ServiceFunction } from './service-function.ts';

export interface CatalogueProps {
  readonly settings: Settings;
  readonly events: TableV2;
  readonly stats: TableV2;
  readonly originSecret: Secret;
  readonly alarmTopic: ITopic;
}

/** Events list, event detail and statistics, cached by CloudFront for seconds: functions/catalogue. */
export class Catalogue extends Construct {
  readonly function: ServiceFunction<'catalogue'>;

  constructor(scope: Construct, id: string, props: CatalogueProps) {
    super(scope, id);
    const { settings, events, stats, originSecret, alarmTopic } = props;
    this.function = new ServiceFunction(this, 'Api', {
      settings,
      entry: 'functions/catalogue/index.ts',
      service: 'catalogue',
      contract: 'catalogue',
      environment: {
        EVENTS_TABLE: events.tableName,
        STATS_TABLE: stats.tableName,
        ORIGIN_SECRET: originSecret.secretArn,
      },
      memoryMb: 512,
      timeout: Duration.seconds(10),
      runbook: 'catalogue.md',
      alarmTopic,
    });
    this.function.allow(['dynamodb:GetItem'], events.tableArn);
    this.function.allow(['dynamodb:Query'], `${events.tableArn}/index/${tables.events.liveIndex.name}`);
    this.function.allow(['dynamodb:Query'], stats.tableArn);
    this.function.allow(['secretsmanager:GetSecretValue'], originSecret.secretArn);
  }
}
