import { Duration } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationListener,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  DesyncMitigationMode,
  ListenerAction,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { acknowledge } from '../nag.ts';
import type { Settings } from '../settings/schema.ts';
import { LogBucket } from './private-bucket.ts';
import type { WorkerNetwork } from './worker-network.ts';

export interface WorkerEntranceProps {
  readonly settings: Settings;
  readonly network: WorkerNetwork;
}

/**
 * The internal load balancer in front of the workers. It has no public address, and only CloudFront's VPC origin can reach it.
 * Each worker adds the rule for its paths; other paths get 404 in the common error format.
 */
export class WorkerEntrance extends Construct {
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly listener: ApplicationListener;

  constructor(scope: Construct, id: string, props: WorkerEntranceProps) {
    super(scope, id);
    const { settings, network } = props;
    const securityGroup = new SecurityGroup(this, 'Group', {
      vpc: network.vpc,
      description: 'Load balancer of the workers',
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(
      Peer.prefixList(settings.network.cloudFrontPrefixList),
      Port.tcp(80),
      "CloudFront's VPC origin",
    );
    this.loadBalancer = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc: network.vpc,
      vpcSubnets: network.closed,
      internetFacing: false,
      securityGroup,
      deletionProtection: settings.deletionProtection,
      dropInvalidHeaderFields: true,
      desyncMitigationMode: DesyncMitigationMode.STRICTEST,
      // Longer than CloudFront keeps a connection and shorter than the workers do, so that no closed connection is used.
      idleTimeout: Duration.seconds(60),
    });
    const accessLogs = new LogBucket(this, 'AccessLogs', {
      days: settings.logRetentionDays,
      removal: settings.removal,
    });
    acknowledge(accessLogs, {
      'AwsSolutions-S1': 'It holds the access logs: logging itself would never end.',
    });
    this.loadBalancer.logAccessLogs(accessLogs);
    this.listener = new ApplicationListener(this, 'Listener', {
      loadBalancer: this.loadBalancer,
      // Plain HTTP between CloudFront's interface in this VPC and the load balancer: docs/adr/0050.
      port: 80,
      protocol: ApplicationProtocol.HTTP,
      open: false,
      defaultAction: ListenerAction.fixedResponse(404, {
        contentType: 'application/json',
        messageBody: JSON.stringify({ error: 'this path does not exist', code: 'NOT_FOUND' }),
      }),
    });
  }
}
