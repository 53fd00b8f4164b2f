import { SecretValue, Stack, type StackProps } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { AlarmTopic } from '../constructs/alarm-topic.ts';
import { PaymentSecrets } from '../constructs/payment-secrets.ts';
import { LogBucket, PrivateBucket } from '../constructs/private-bucket.ts';
import { SalesTables } from '../constructs/sales-tables.ts';
import { unreadableAlarm } from '../constructs/unreadable-alarm.ts';
import { WaitingRoomTables } from '../constructs/waiting-room-tables.ts';
import { acknowledge } from '../nag.ts';
import { edgeConfigBucketName } from '../names.ts';
import { StackOutput } from '../outputs.ts';
import { removalPolicy } from '../removal.ts';
import type { Settings } from '../settings/schema.ts';

export interface StateStackProps extends StackProps {
  readonly settings: Settings;
}

/** Everything that must survive a deployment: tables, the bucket of the edge configuration, secrets, and the alarm topic. */
export class StateStack extends Stack {
  readonly tables: WaitingRoomTables;
  readonly salesTables: SalesTables;
  readonly paymentSecrets: PaymentSecrets;
  readonly edgeConfigBucketArn: StackOutput;
  readonly edgeConfigBucket: IBucket;
  /** `{"keys": […]}` for signers (docs/architecture/access.md); functions/key-rotation fills and rotates it. */
  readonly signingKeys: Secret;
  /** The public keys, for verifiers: docs/adr/0093. */
  readonly publicKeys: Secret;
  /** The secret that CloudFront sends to the HTTP API. Plain text, 64 characters. */
  readonly originSecret: Secret;
  readonly alarmTopic: ITopic;

  constructor(scope: Construct, id: string, props: StateStackProps) {
    super(scope, id, props);
    const { settings } = props;
    const { removal } = settings;

    this.alarmTopic = new AlarmTopic(this, 'Alarms', { emails: settings.alarmEmails }).topic;
    this.tables = new WaitingRoomTables(this, 'Tables', { settings, alarmTopic: this.alarmTopic });

    this.salesTables = new SalesTables(this, 'SalesTables', { settings, alarmTopic: this.alarmTopic });

    unreadableAlarm(this, 'ItemsUnreadable', this.alarmTopic);

    this.paymentSecrets = new PaymentSecrets(this, 'Payment', { settings });

    const accessLogs = new LogBucket(this, 'AccessLogs', { days: settings.logRetentionDays, removal });
    acknowledge(accessLogs, {
      'AwsSolutions-S1': 'It holds the access logs: logging itself would never end.',
    });
    this.edgeConfigBucket = new PrivateBucket(this, 'EdgeConfig', {
      accessLogs,
      removal,
      name: edgeConfigBucketName(settings, this.account),
    });
    this.edgeConfigBucketArn = new StackOutput(
      'EdgeConfigBucketArn',
      this.edgeConfigBucket,
      this.edgeConfigBucket.bucketArn,
    );

    this.signingKeys = new Secret(this, 'SigningKeys', {
      description: "Key pairs that sign URR's tokens; written only by functions/key-rotation",
      // Not a secret yet: the first rotation starts at once and stores the first key (see KeyRotation).
      secretStringValue: SecretValue.unsafePlainText('{"keys":[]}'),
      removalPolicy: removalPolicy(settings),
    });
    acknowledge(this.signingKeys, {
      'AwsSolutions-SMG4': 'It rotates: the schedule is with its function, in the waiting-room stack.',
    });
    this.publicKeys = new Secret(this, 'PublicKeys', {
      description: "Public halves of the keys that sign URR's tokens; written only by functions/key-rotation",
      secretStringValue: SecretValue.unsafePlainText('{"keys":[]}'),
      removalPolicy: removalPolicy(settings),
    });
    acknowledge(this.publicKeys, {
      'AwsSolutions-SMG4': 'The rotation of the signing keys writes it.',
    });
    this.originSecret = new Secret(this, 'OriginSecret', {
      description: 'Header by which CloudFront proves itself to the HTTP API',
      // 64 characters out of 62 are 381 bits; punctuation is excluded because the value is a header.
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: removalPolicy(settings),
    });
    acknowledge(this.originSecret, {
      'AwsSolutions-SMG4':
        'CloudFront takes the value at deployment, so a rotation is a deployment: runbook, "Rotating the origin secret". The Lambdas accept the current and the previous value meanwhile.',
    });
  }
}
