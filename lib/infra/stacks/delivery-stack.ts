import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { LogBucket, PrivateBucket } from '../constructs/private-bucket.ts';
import { Site } from '../constructs/site.ts';
import { SiteContent } from '../constructs/site-content.ts';
import { acknowledge } from '../nag.ts';
import { StackOutput } from '../outputs.ts';
import type { Settings } from '../settings/schema.ts';
import type { EdgeStack } from './edge-stack.ts';
import type { QueueStack } from './queue-stack.ts';
import type { StateStack } from './state-stack.ts';
import type { WaitingRoomStack } from './waiting-room-stack.ts';

export interface DeliveryStackProps extends StackProps {
  readonly settings: Settings;
  readonly state: StateStack;
  readonly waitingRoom: WaitingRoomStack;
  readonly queue: QueueStack;
  readonly edge: EdgeStack;
}

/** CloudFront and the pages. Everything here can be created again from the repository. */
export class DeliveryStack extends Stack {
  readonly distributionId: StackOutput;

  constructor(scope: Construct, id: string, props: DeliveryStackProps) {
    super(scope, id, props);
    const { settings, state, waitingRoom, queue, edge } = props;
    const { removal } = settings;
    const accessLogs = new LogBucket(this, 'AccessLogs', { days: settings.logRetentionDays, removal });
    acknowledge(accessLogs, {
      'AwsSolutions-S1': 'It holds the access logs: logging itself would never end.',
    });
    const bucket = new PrivateBucket(this, 'Web', { accessLogs, removal: 'destroy' });
    const { distribution } = new Site(this, 'Site', {
      settings,
      pages: bucket,
      apiDomainName: waitingRoom.entrance.domainName,
      workers: queue.surroundings.entrance.loadBalancer,
      originSecret: state.originSecret,
      edgeConfigBucket: state.edgeConfigBucket,
      tokenGateVersionArn: edge.tokenGateVersionArn.readFrom(this),
      webAclArn: edge.webAclArn.readFrom(this),
      accessLogs,
    });
    new SiteContent(this, 'Content', { settings, bucket });
    this.distributionId = new StackOutput('DistributionId', distribution, distribution.distributionId);
    new CfnOutput(this, 'SiteUrl', {
      value: `https://${settings.site?.domainName ?? distribution.distributionDomainName}`,
    });
  }
}
