import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CompositePrincipal, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type Code,
  Function as LambdaFunction,
  Runtime,
  type Version,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { edgeConfigKey } from '#contract/edge-config.ts';
import { acknowledge, spelledInFindings } from '../nag.ts';
import { tokenGateName } from '../names.ts';
import type { Settings } from '../settings/schema.ts';

export interface TokenGateProps {
  readonly settings: Settings;
  readonly code: Code;
  /** Bucket of the edge configuration; it may be in another Region. */
  readonly edgeConfigBucketArn: string;
}

/**
 * The gate, edge/token-gate, as Lambda@Edge: in us-east-1, a numbered version, x86-64, no environment variables, no layers, no
 * tracing (AWS does not allow the last three at the edge).
 */
export class TokenGate extends Construct {
  readonly version: Version;

  constructor(scope: Construct, id: string, props: TokenGateProps) {
    super(scope, id);
    const { settings } = props;
    const functionName = tokenGateName(settings);
    const role = new Role(this, 'Role', {
      assumedBy: new CompositePrincipal(
        new ServicePrincipal('lambda.amazonaws.com'),
        new ServicePrincipal('edgelambda.amazonaws.com'),
      ),
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['s3:GetObject'],
        resources: [`${props.edgeConfigBucketArn}/${edgeConfigKey}`],
      }),
    );
    // Lambda@Edge logs in the Region nearest to the visitor, in a group that it creates there with this name.
    const logGroup = (partition: string, account: string) =>
      `arn:${partition}:logs:*:${account}:log-group:/aws/lambda/us-east-1.${functionName}`;
    const stack = Stack.of(this);
    const logGroupArn = logGroup(stack.partition, stack.account);
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroupArn, `${logGroupArn}:*`],
      }),
    );
    const { partition, account } = spelledInFindings(stack);
    const reason =
      'Lambda@Edge writes to one log group of its own in each Region: the Region and the stream are not known before.';
    acknowledge(role, {
      [`AwsSolutions-IAM5[Resource::${logGroup(partition, account)}]`]: reason,
      [`AwsSolutions-IAM5[Resource::${logGroup(partition, account)}:*]`]: reason,
    });
    const gate = new LambdaFunction(this, 'Function', {
      functionName,
      description: `${functionName}: see edge/token-gate`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.X86_64,
      handler: 'index.handler',
      code: props.code,
      // The maximum for viewer requests; one verification takes a fraction of a millisecond of a whole core.
      memorySize: 128,
      // The configuration is fetched with a time-out of 1 s; nothing else waits.
      timeout: Duration.seconds(5),
      role,
      // A version that edge locations still use cannot be deleted, and a rollback needs the last one.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      logGroup: new LogGroup(this, 'Logs', {
        logGroupName: `/aws/lambda/${functionName}`,
        retention: settings.logRetentionDays as RetentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    });
    this.version = gate.currentVersion;
  }
}
