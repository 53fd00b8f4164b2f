import { CfnOutput, Fn, type Stack } from 'aws-cdk-lib';

/**
 * Values that cross Regions travel as named outputs, read with Fn::GetStackOutput. The strong way (custom resources
 * with SSM parameters) cannot publish a new Lambda@Edge version while the old one is in use, and the toolkit's weak way
 * names outputs by a code hash that changes with how one synthesizes. See docs/adr/0020.
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

/** Value of another stack's output, in whatever Region; deploys that stack first. */
export function readOutput(consumer: Stack, producer: Stack, name: OutputName): string {
  consumer.addStackDependency(producer, `reads ${name}`);
  return Fn.getStackOutput(producer.stackName, name, producer.region);
}
