import { Duration } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnRotationSchedule, type Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Settings } from '../settings/schema.ts';
import { ServiceFunction } from './service-function.ts';

export interface KeyRotationProps {
  readonly settings: Settings;
  readonly signingKeys: Secret;
  readonly publicKeys: Secret;
  readonly alarmTopic: ITopic;
}

/** Secrets Manager calls functions/key-rotation at once (for the first key) and then every `signingKeyDays`. */
export class KeyRotation extends Construct {
  constructor(scope: Construct, id: string, props: KeyRotationProps) {
    super(scope, id);
    const { settings, signingKeys, publicKeys, alarmTopic } = props;
    const rotate = new ServiceFunction(this, 'Rotate', {
      settings,
      entry: 'functions/key-rotation/index.ts',
      service: 'key-rotation',
      contract: 'keyRotation',
      environment: { SIGNING_KEYS_SECRET: signingKeys.secretArn, PUBLIC_KEYS_SECRET: publicKeys.secretArn },
      memoryMb: 256,
      timeout: Duration.seconds(30),
      runbook: 'key-rotation.md',
      alarmTopic,
    });
    rotate.allow(
      [
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecretVersionStage',
      ],
      signingKeys.secretArn,
    );
    rotate.allow(['secretsmanager:PutSecretValue'], publicKeys.secretArn);
    rotate.lambda.addPermission('SecretsManager', {
      principal: new ServicePrincipal('secretsmanager.amazonaws.com'),
      sourceArn: signingKeys.secretArn,
    });
    // An L1, because the L2 also grants GetRandomPassword on every resource, which this rotation does not call.
    const schedule = new CfnRotationSchedule(this, 'Schedule', {
      secretId: signingKeys.secretArn,
      rotationLambdaArn: rotate.lambda.functionArn,
      rotateImmediatelyOnUpdate: true,
      rotationRules: { scheduleExpression: `rate(${settings.signingKeyDays} days)` },
    });
    // Secrets Manager calls the function when the schedule is created, so its permissions must exist before.
    schedule.node.addDependency(rotate);
  }
}
