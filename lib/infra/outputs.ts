import { createHash } from 'node:crypto';
import { CfnOutput, CfnResource, Fn, Lazy, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * A value of one stack that stacks in other Regions read with Fn::GetStackOutput. The output's name ends with a digest of the
 * resource that the value belongs to. A changed resource thus changes the template of each reader. With a fixed name that
 * template would stay the same, and the CDK CLI skips a stack whose template is the one deployed: the new value would remain
 * unused. See docs/adr/0020.
 */
export class StackOutput {
  private readonly producer: Stack;
  private readonly outputName: string;

  /** @param name letters and digits, for example `TokenGateVersionArn` */
  constructor(name: string, resource: IConstruct, value: string) {
    this.producer = Stack.of(resource);
    // The definition is complete only when the templates are written.
    this.outputName = Lazy.uncachedString({ produce: () => `${name}${digestOf(resource)}` });
    new CfnOutput(this.producer, `${name}Output`, { value }).overrideLogicalId(this.outputName);
  }

  /** Returns the value for a construct of another stack, in any Region. The producer is deployed first. */
  readFrom(consumer: Stack): string {
    consumer.addStackDependency(this.producer, 'reads an output');
    return Fn.getStackOutput(this.producer.stackName, this.outputName, this.producer.region);
  }
}

/** Includes the logical id, which for a version of a function names its code and configuration. */
function digestOf(resource: IConstruct): string {
  const definition = resource instanceof CfnResource ? resource : resource.node.defaultChild;
  if (!(definition instanceof CfnResource)) throw new Error(`${resource.node.path} is not one resource`);
  const text = JSON.stringify(Stack.of(definition).resolve(definition._toCloudFormation()));
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
