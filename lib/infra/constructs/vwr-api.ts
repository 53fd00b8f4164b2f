import { Duration } from 'aws-cdk-lib';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { siteUrl, tokenIssuer } from '../names.ts';
import type { Settings } from '../settings/schema.ts';
import { ServiceFunction } from './service-function.ts';
import type { Buyers } from './user-pool.ts';
import type { WaitingRoomTables } from './waiting-room-tables.ts';

export interface VwrApiProps {
  readonly settings: Settings;
  readonly tables: WaitingRoomTables;
  readonly buyers: Buyers;
  readonly signingKeys: Secret;
  readonly originSecret: Secret;
  readonly alarmTopic: ITopic;
}

/** Join, check, status and public keys: functions/vwr-api. */
export class VwrApi extends Construct {
  readonly function: ServiceFunction<'vwrApi'>;

  constructor(scope: Construct, id: string, props: VwrApiProps) {
    super(scope, id);
    const { settings, tables, buyers, signingKeys, originSecret, alarmTopic } = props;
    this.function = new ServiceFunction(this, 'Api', {
      settings,
      entry: 'functions/vwr-api/index.ts',
      service: 'vwr-api',
      contract: 'vwrApi',
      environment: {
        EVENTS_TABLE: tables.events.tableName,
        COUNTERS_TABLE: tables.counters.tableName,
        POSITIONS_TABLE: tables.positions.tableName,
        SIGNING_KEYS_SECRET: signingKeys.secretArn,
        ORIGIN_SECRET: originSecret.secretArn,
        TOKEN_ISSUER: tokenIssuer(settings),
        SIGN_IN_ISSUER: buyers.issuer,
        SIGN_IN_CLIENT_ID: buyers.clientId,
        SITE_URL: siteUrl(settings),
      },
      // A signature costs CPU, and Lambda's CPU grows with memory; 1,769 MB would be one whole core.
      memoryMb: 1024,
      // A join takes three DynamoDB calls of milliseconds. A visitor who would wait longer should try again.
      timeout: Duration.seconds(10),
      runbook: 'vwr-api.md',
      alarmTopic,
    });
    this.function.allow(['dynamodb:GetItem'], tables.events.tableArn);
    this.function.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], tables.counters.tableArn);
    this.function.allow(
      ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      tables.positions.tableArn,
    );
    this.function.allow(['secretsmanager:GetSecretValue'], signingKeys.secretArn, originSecret.secretArn);
  }
}
