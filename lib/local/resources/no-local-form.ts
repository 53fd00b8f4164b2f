import type { ResourceModule } from '../cloudformation/engine.ts';

interface NoLocalForm {
  readonly reason: string;
  /** Attributes for `Fn::GetAtt`. Each returns an ARN or a name of a resource that does not exist. */
  readonly attributes: readonly string[];
}

const observed = 'nothing is monitored on one machine; logs go to the terminal';
const permission = 'the embedded servers do not check who calls';

const network = 'every server here listens on the loopback address: there is no network between them';
const scaling = 'one machine does not scale';

/** Types without a local form, with the reason. A type that is in no list fails the start. */
export const noLocalForm: Readonly<Record<string, NoLocalForm>> = {
  'AWS::ApplicationAutoScaling::ScalableTarget': { reason: scaling, attributes: ['Id'] },
  'AWS::ApplicationAutoScaling::ScalingPolicy': { reason: scaling, attributes: ['Arn'] },
  'AWS::CDK::Metadata': { reason: 'tells AWS which constructs are used', attributes: [] },
  'AWS::CloudFront::OriginAccessControl': {
    reason: 'signs requests to buckets; the embedded S3 does not verify signatures',
    attributes: ['Id'],
  },
  'AWS::CloudFront::MonitoringSubscription': { reason: observed, attributes: [] },
  'AWS::CloudWatch::Alarm': { reason: observed, attributes: ['Arn'] },
  'AWS::CloudWatch::CompositeAlarm': { reason: observed, attributes: ['Arn'] },
  'AWS::CloudWatch::Dashboard': { reason: observed, attributes: [] },
  'AWS::Cognito::ManagedLoginBranding': {
    reason: 'the local provider has its own plain form',
    attributes: [],
  },
  'AWS::Cognito::UserPoolDomain': { reason: 'the local provider answers at its issuer', attributes: [] },
  'AWS::Cognito::UserPoolIdentityProvider': {
    reason: 'Google does not sign in to one machine',
    attributes: [],
  },
  'AWS::EC2::EIP': { reason: network, attributes: ['AllocationId', 'PublicIp'] },
  'AWS::EC2::FlowLog': { reason: observed, attributes: ['Id'] },
  'AWS::EC2::InternetGateway': { reason: network, attributes: ['InternetGatewayId'] },
  'AWS::EC2::NatGateway': { reason: network, attributes: ['NatGatewayId'] },
  'AWS::EC2::Route': { reason: network, attributes: [] },
  'AWS::EC2::RouteTable': { reason: network, attributes: ['RouteTableId'] },
  'AWS::EC2::SecurityGroup': { reason: network, attributes: ['GroupId', 'VpcId'] },
  'AWS::EC2::SecurityGroupEgress': { reason: network, attributes: ['Id'] },
  'AWS::EC2::SecurityGroupIngress': { reason: network, attributes: ['Id'] },
  'AWS::EC2::Subnet': { reason: network, attributes: ['SubnetId', 'AvailabilityZone', 'VpcId'] },
  'AWS::EC2::SubnetRouteTableAssociation': { reason: network, attributes: ['Id'] },
  'AWS::EC2::VPC': { reason: network, attributes: ['VpcId', 'CidrBlock', 'DefaultSecurityGroup'] },
  'AWS::EC2::VPCEndpoint': { reason: network, attributes: ['Id', 'DnsEntries'] },
  'AWS::EC2::VPCGatewayAttachment': { reason: network, attributes: ['AttachmentType'] },
  'AWS::ECS::Cluster': { reason: 'a service here is a few processes of this machine', attributes: ['Arn'] },
  'AWS::ElastiCache::SubnetGroup': { reason: network, attributes: [] },
  'AWS::IAM::ManagedPolicy': { reason: permission, attributes: [] },
  'AWS::IAM::Policy': { reason: permission, attributes: [] },
  'AWS::IAM::Role': { reason: permission, attributes: ['Arn', 'RoleId'] },
  'AWS::KMS::Alias': { reason: 'nothing is encrypted at rest in memory', attributes: [] },
  'AWS::KMS::Key': { reason: 'nothing is encrypted at rest in memory', attributes: ['Arn', 'KeyId'] },
  'AWS::Lambda::LayerVersion': {
    reason: "only custom resources' own functions use layers, and these are handled here directly",
    attributes: [],
  },
  'AWS::Logs::LogGroup': { reason: observed, attributes: ['Arn'] },
  'AWS::Logs::MetricFilter': { reason: observed, attributes: [] },
  'AWS::Logs::ResourcePolicy': { reason: observed, attributes: [] },
  'AWS::SNS::Subscription': { reason: 'alarms do not ring on one machine', attributes: ['Arn'] },
  'AWS::SNS::Topic': { reason: 'alarms do not ring on one machine', attributes: ['TopicArn', 'TopicName'] },
  'AWS::SNS::TopicPolicy': { reason: 'alarms do not ring on one machine', attributes: [] },
  'AWS::SQS::QueuePolicy': { reason: permission, attributes: [] },
  'AWS::SecretsManager::ResourcePolicy': { reason: permission, attributes: [] },
  'AWS::WAFv2::LoggingConfiguration': { reason: observed, attributes: [] },
  'AWS::WAFv2::WebACL': {
    reason: 'its rates are per address, and every local visitor has the same one',
    attributes: ['Arn', 'Id'],
  },
  'AWS::WAFv2::WebACLAssociation': {
    reason: 'the web ACL it attaches has no local form',
    attributes: [],
  },
  'Custom::LogRetention': { reason: observed, attributes: ['LogGroupName'] },
  'Custom::S3AutoDeleteObjects': { reason: 'buckets are gone at the end anyway', attributes: [] },
};

export const withoutLocalForm: ResourceModule = (resource) => {
  const name = resource.generatedName(64);
  const service = (resource.type.split('::')[1] ?? 'local').toLowerCase();
  const arn = `arn:aws:${service}:${resource.region}:${resource.account}:${name}`;
  const attributes = noLocalForm[resource.type]?.attributes ?? [];
  const isArnRef = resource.type === 'AWS::SNS::Topic';
  return {
    ref: isArnRef ? arn : name,
    attributes: Object.fromEntries(
      attributes.map((attribute) => [attribute, /arn$/i.test(attribute) ? arn : name]),
    ),
  };
};
