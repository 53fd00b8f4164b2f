import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { record, synthesize } from './support/synthesized.ts';

const dev = synthesize('dev', { isBundled: true });
const prod = synthesize('prod');
const network = dev.template('network');
const list = (value: unknown) => (Array.isArray(value) ? value.map(record) : []);
const subnetsNamed = (name: string, from = dev) =>
  from.resources('AWS::EC2::Subnet', 'network').filter(({ id }) => id.includes(`Vpc${name}Subnet`));

describe('the network', () => {
  it('has its subnets in the zones of the settings, without lookups', () => {
    for (const name of ['closed', 'outbound', 'nat'])
      expect(subnetsNamed(name).map(({ properties }) => properties.AvailabilityZone)).toEqual([
        'ap-northeast-2a',
        'ap-northeast-2c',
      ]);
  });

  it('has no subnet with public addresses', () => {
    for (const { properties } of dev.resources('AWS::EC2::Subnet'))
      expect(properties.MapPublicIpOnLaunch ?? false).toBe(false);
  });

  it('has no route from the closed subnets out of the network', () => {
    const closedTables = dev
      .resources('AWS::EC2::RouteTable', 'network')
      .filter(({ id }) => id.includes('closed'))
      .map(({ id }) => id);
    expect(closedTables.length).toBe(2);
    const routes = dev
      .resources('AWS::EC2::Route', 'network')
      .filter(({ properties }) => closedTables.includes(String(record(properties.RouteTableId).Ref)));
    expect(routes).toEqual([]);
  });

  it('leaves through NAT gateways: one in dev, one per zone in prod', () => {
    expect(dev.resources('AWS::EC2::NatGateway').length).toBe(1);
    expect(prod.resources('AWS::EC2::NatGateway').length).toBe(2);
  });

  it('has an internet gateway, which a VPC origin requires', () => {
    network.resourceCountIs('AWS::EC2::VPCGatewayAttachment', 1);
  });

  it('has gateway endpoints for S3 and DynamoDB, and interface endpoints for all other services that workers call', () => {
    const endpoints = dev.resources('AWS::EC2::VPCEndpoint').map(({ properties }) => ({
      name: JSON.stringify(properties.ServiceName).match(
        /[a-z0-9.-]*?(s3|dynamodb|sqs|secretsmanager|logs|ecr\.api|ecr\.dkr)"?/,
      )?.[1],
      type: properties.VpcEndpointType,
      policy: properties.PolicyDocument,
    }));
    expect(
      endpoints
        .filter(({ type }) => type === 'Gateway')
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['dynamodb', 's3']);
    expect(
      endpoints
        .filter(({ type }) => type === 'Interface')
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['ecr.api', 'ecr.dkr', 'logs', 'secretsmanager', 'sqs']);
    for (const { policy } of endpoints) expect(policy).toBeDefined();
  });

  it('logs every flow', () => {
    network.hasResourceProperties('AWS::EC2::FlowLog', {
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogDestinationType: 'cloud-watch-logs',
    });
  });
});

describe('the security groups', () => {
  const ingress = [
    ...dev.resources('AWS::EC2::SecurityGroupIngress').map(({ properties }) => properties),
    ...dev
      .resources('AWS::EC2::SecurityGroup')
      .flatMap(({ id, properties }) =>
        list(properties.SecurityGroupIngress).map((rule) => record({ ...rule, GroupId: { Ref: id } })),
      ),
  ];
  const name = (value: unknown) => {
    const text = JSON.stringify(value) ?? '';
    if (text.includes('pl-')) return 'CloudFront';
    if (text.includes('EntranceGroup')) return 'load balancer';
    if (text.includes('AdmissionWorkerGroup')) return 'admission';
    if (text.includes('SeatLockWorkerGroup')) return 'seat-lock';
    if (text.includes('RedisGroup')) return 'Redis';
    if (text.includes('Endpoints')) return 'endpoints';
    return text;
  };

  it('allow only connections from CloudFront to the load balancer, from it to the workers, and from them to Redis and the endpoints', () => {
    const rules = ingress.map(
      (rule) =>
        `${name(rule.SourceSecurityGroupId ?? rule.SourcePrefixListId ?? rule.CidrIp)} > ${name(rule.GroupId)}:${String(rule.FromPort)}`,
    );
    expect(rules.toSorted()).toEqual([
      'CloudFront > load balancer:80',
      'admission > Redis:6390',
      'admission > endpoints:443',
      'load balancer > admission:8080',
      'load balancer > seat-lock:8080',
      'seat-lock > Redis:6390',
      'seat-lock > endpoints:443',
    ]);
    for (const rule of ingress) expect(rule.FromPort).toBe(rule.ToPort);
  });

  it('name no address range as a source', () => {
    for (const rule of ingress) {
      expect(rule.CidrIp).toBeUndefined();
      expect(rule.CidrIpv6).toBeUndefined();
    }
  });

  it('let Redis, the endpoints and the load balancer open no connections except to their targets', () => {
    for (const { id, properties } of dev.resources('AWS::EC2::SecurityGroup'))
      for (const rule of list(properties.SecurityGroupEgress))
        if (rule.CidrIp !== '255.255.255.255/32')
          expect(`${id.replace(/[0-9A-F]{8}$/, '')} ${String(rule.CidrIp)}:${String(rule.FromPort)}`).toBe(
            `${id.startsWith('Admission') ? 'Admission' : 'SeatLock'}WorkerGroup 0.0.0.0/0:443`,
          );
  });

  it('use the prefix list of the settings for the load balancer', () => {
    dev.template('queue').hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      SourcePrefixListId: 'pl-22a6434b',
      FromPort: 80,
      ToPort: 80,
      GroupId: Match.anyValue(),
    });
  });
});
