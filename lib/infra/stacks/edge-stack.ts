import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Firewall } from '../constructs/firewall.ts';
import { TokenGate } from '../constructs/token-gate.ts';
import { tokenGateCode } from '../edge-code.ts';
import { StackOutput } from '../outputs.ts';
import type { Settings } from '../settings/schema.ts';
import type { StateStack } from './state-stack.ts';

export interface EdgeStackProps extends StackProps {
  readonly settings: Settings;
  readonly state: StateStack;
}

/** Resources that CloudFront accepts only from us-east-1: the token gate and the firewall. */
export class EdgeStack extends Stack {
  readonly tokenGateVersionArn: StackOutput;
  readonly webAclArn: StackOutput;

  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    super(scope, id, props);
    const { settings, state } = props;
    const gate = new TokenGate(this, 'TokenGate', {
      settings,
      code: tokenGateCode(settings),
      edgeConfigBucketArn: state.edgeConfigBucketArn.readFrom(this),
    });
    this.tokenGateVersionArn = new StackOutput('TokenGateVersionArn', gate.version, gate.version.functionArn);
    const { acl } = new Firewall(this, 'Firewall', { settings });
    this.webAclArn = new StackOutput('WebAclArn', acl, acl.attrArn);
  }
}
