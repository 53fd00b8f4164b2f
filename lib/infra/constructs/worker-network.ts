import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
  type VpcEndpoint,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../nag.ts';
import type { Settings } from '../settings/schema.ts';

export interface WorkerNetworkProps {
  readonly settings: Settings;
}

/**
 * The network of the workers and Redis: subnets without a route to the internet, and endpoints for AWS services. A second set
 * of subnets has a route out, for the payment provider alone; the public subnets contain only its NAT gateways.
 */
export class WorkerNetwork extends Construct {
  readonly vpc: IVpc;
  /** No route leaves the VPC: load balancer, admission, Redis. */
  readonly closed: SubnetSelection = { subnetGroupName: 'closed' };
  /** Behind a NAT gateway, for workers that call the payment provider. */
  readonly outbound: SubnetSelection = { subnetGroupName: 'outbound' };
  /** Security group of the endpoints; `allowAws` admits the callers of AWS. */
  private readonly endpoints: SecurityGroup;

  constructor(scope: Construct, id: string, props: WorkerNetworkProps) {
    super(scope, id);
    const { network } = props.settings;
    const vpc = new Vpc(this, 'Vpc', {
      vpcName: `urr-${props.settings.environmentName}`,
      ipAddresses: IpAddresses.cidr(network.cidr),
      availabilityZones: network.zones,
      natGateways: network.natGateways === 'one' ? 1 : network.zones.length,
      natGatewaySubnets: { subnetGroupName: 'nat' },
      subnetConfiguration: [
        { name: 'closed', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
        { name: 'outbound', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 25 },
        { name: 'nat', subnetType: SubnetType.PUBLIC, cidrMask: 28, mapPublicIpOnLaunch: false },
      ],
      // Emptying the default group would need a function of the toolkit with rights on the group, which has no member.
      restrictDefaultSecurityGroup: false,
    });
    acknowledge(vpc, {
      'CloudFormation-Validate::W3010':
        'Zones are a setting: to look them up takes an account, and synthesis must not need one.',
    });
    // The library's class and its interface differ in optional properties.
    this.vpc = vpc as IVpc;
    this.endpoints = new SecurityGroup(this, 'Endpoints', {
      vpc: this.vpc,
      description: 'AWS service endpoints',
      allowAllOutbound: false,
    });
    this.addEndpoints();
    this.addFlowLogs(props.settings);
  }

  /** Lets a group call AWS: the interface endpoints, and S3 and DynamoDB, which have public addresses. */
  allowAws(group: SecurityGroup): void {
    group.connections.allowTo(this.endpoints, Port.tcp(443), 'AWS by endpoint');
    // The subnet's routes bound this rule: closed subnets have routes to the two gateway endpoints only.
    group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'S3 and DynamoDB by gateway endpoint');
  }

  private addEndpoints(): void {
    const subnets = [this.closed, this.outbound];
    const dynamodb = this.vpc.addGatewayEndpoint('DynamoDb', {
      service: GatewayVpcEndpointAwsService.DYNAMODB,
      subnets,
    });
    // S3 also serves the layers of images from a bucket of AWS, so reads are not restricted to this account.
    const s3 = this.vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3, subnets });
    s3.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['s3:GetObject', 's3:ListBucket'],
        resources: ['*'],
      }),
    );
    this.keepInAccount(dynamodb, 'dynamodb:*');
    const services: readonly [string, InterfaceVpcEndpointAwsService, string][] = [
      ['Sqs', InterfaceVpcEndpointAwsService.SQS, 'sqs:*'],
      ['SecretsManager', InterfaceVpcEndpointAwsService.SECRETS_MANAGER, 'secretsmanager:*'],
      ['Logs', InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS, 'logs:*'],
      ['EcrApi', InterfaceVpcEndpointAwsService.ECR, 'ecr:*'],
      ['EcrDocker', InterfaceVpcEndpointAwsService.ECR_DOCKER, 'ecr:*'],
    ];
    for (const [id, service, actions] of services) {
      const endpoint = this.vpc.addInterfaceEndpoint(id, {
        service,
        subnets: this.closed,
        securityGroups: [this.endpoints],
        open: false,
      });
      this.keepInAccount(endpoint, actions);
    }
  }

  /** Prevents a compromised worker from sending data to another account through an endpoint. */
  private keepInAccount(
    endpoint: VpcEndpoint & { addToPolicy(statement: PolicyStatement): void },
    actions: string,
  ): void {
    endpoint.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: [actions],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:PrincipalAccount': Aws.ACCOUNT_ID } },
      }),
    );
  }

  private addFlowLogs(settings: Settings): void {
    const logGroup = new LogGroup(this, 'FlowLogs', {
      retention: settings.logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.vpc.addFlowLog('FlowLog', {
      destination: FlowLogDestination.toCloudWatchLogs(logGroup),
      trafficType: FlowLogTrafficType.ALL,
    });
  }
}
