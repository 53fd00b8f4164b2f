import type { ResourceModule } from '../cloudformation/engine.ts';

interface NoLocalForm {
  readonly reason: string;
  /** What `Fn::GetAtt` may ask of it. Each answers an ARN-like text that leads nowhere. */
  readonly attributes: readonly string[];
}

const observed = 'nothing is monitored on one machine; logs go to the terminal';
const permission = 'the embedded servers do not check who calls';

/** Types that do nothing on one machine, with the reason. Data: a type is here on purpose or it is an error. */
export const noLocalForm: Readonly<Record<string, NoLocalForm>> = {
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
