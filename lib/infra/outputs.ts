import { CfnOutput, Fn, type Stack } from 'aws-cdk-lib';

/**
 * Values for other Regions are named outputs, read with Fn::GetStackOutput. Strong references (custom resources with SSM
 * parameters) cannot publish a new Lambda@Edge version while the old one is in use, and the toolkit's weak references name
 * outputs by a code hash that varies between synthesis runs. See docs/adr/0020.
 */
export const outputs = {
  edgeConfigBucketArn: 'EdgeConfigBucketArn',
  tokenGateVersionArn: 'TokenGateVersionArn',
  webAclArn: 'WebAclArn',
  distributionId: 'DistributionId',
} as const;
export type OutputName = (typeof outputs)[keyof typeof outputs];

export const exportName = (stack: Stack, name: OutputName, value: string): void => {
  new CfnOutput(stack, `${name}Output`, { value }).overrideLogicalId(name);
};

/** Returns the value of another stack's output, in any Region; that stack is deployed first. */
export function readOutput(consumer: Stack, producer: Stack, name: OutputName): string {
  consumer.addStackDependency(producer, `reads ${name}`);
  return Fn.getStackOutput(producer.stackName, name, producer.region);
}
