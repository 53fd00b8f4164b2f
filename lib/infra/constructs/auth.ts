import { Duration } from 'aws-cdk-lib';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { tableName, tables } from '#contract/tables.ts';
import { acknowledge } from '../nag.ts';
import { siteUrl } from '../names.ts';
import { removalPolicy } from '../removal.ts';
import type { Settings } from '../settings/schema.ts';
import { ServiceFunction } from './service-function.ts';
import { tableAlarms } from './table-alarms.ts';
import type { Buyers } from './user-pool.ts';

export interface AuthProps {
  readonly settings: Settings;
  readonly buyers: Buyers;
  readonly originSecret: Secret;
  readonly alarmTopic: ITopic;
}

/** Sign-in, refresh, sign-out and `me`: functions/auth, with its sessions and the secret that seals its cookies. */
export class Auth extends Construct {
  readonly function: ServiceFunction<'auth'>;
  readonly sessions: TableV2;

  constructor(scope: Construct, id: string, props: AuthProps) {
    super(scope, id);
    const { settings, buyers, originSecret, alarmTopic } = props;
    this.sessions = new TableV2(this, 'Sessions', {
      tableName: tableName(settings.environmentName, 'sessions'),
      partitionKey: { name: tables.sessions.partitionKey, type: AttributeType.STRING },
      timeToLiveAttribute: tables.sessions.timeToLive,
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: settings.deletionProtection,
      removalPolicy: removalPolicy(settings),
    });
    tableAlarms(this, 'SessionsThrottles', { table: this.sessions, name: 'sessions', alarmTopic });
    const seal = new Secret(this, 'Seal', {
      description: "Seals the sign-in cookies; never leaves the auth function's memory",
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: removalPolicy(settings),
    });
    acknowledge(seal, {
      'AwsSolutions-SMG4':
        'Rotated by an operator (runbook, auth): a new value ends no session while the previous one is kept, and a schedule would have to wait for the longest session.',
    });
    this.function = new ServiceFunction(this, 'Api', {
      settings,
      entry: 'functions/auth/index.ts',
      service: 'auth',
      contract: 'auth',
      environment: {
        ORIGIN_SECRET: originSecret.secretArn,
        SEAL_SECRET: seal.secretArn,
        SESSIONS_TABLE: this.sessions.tableName,
        SIGN_IN_ISSUER: buyers.issuer,
        SIGN_IN_CLIENT_ID: buyers.clientId,
        SITE_URL: siteUrl(settings),
        SESSION_SECONDS: String(settings.signIn.sessionHours * 3600),
      },
      // A callback verifies two RSA signatures and connects to Cognito by TLS: Lambda's CPU grows with memory.
      memoryMb: 1024,
      // One call to Cognito takes at most 5 s; a callback may need three: discovery, keys and tokens.
      timeout: Duration.seconds(20),
      runbook: 'auth.md',
      alarmTopic,
    });
    this.function.allow(
      ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      this.sessions.tableArn,
    );
    this.function.allow(['secretsmanager:GetSecretValue'], originSecret.secretArn, seal.secretArn);
  }
}
