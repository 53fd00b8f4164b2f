import type { ResourceModule } from '../cloudformation/engine.ts';
import { crossRegionWriter } from '../cloudformation/plan.ts';
import * as cognito from '../openid/resources.ts';
import * as apigateway from './apigateway.ts';
import { bucketDeployment } from './bucket-deployment.ts';
import { distribution } from './cloudfront-distribution.ts';
import * as policies from './cloudfront-policies.ts';
import * as crossRegion from './cross-region.ts';
import { table } from './dynamodb.ts';
import * as ecs from './ecs.ts';
import * as elasticache from './elasticache.ts';
import { eventSourceMapping } from './event-source-mapping.ts';
import * as events from './events.ts';
import * as lambda from './lambda.ts';
import * as loadbalancing from './loadbalancing.ts';
import { noLocalForm, withoutLocalForm } from './no-local-form.ts';
import * as s3 from './s3.ts';
import * as secrets from './secrets.ts';
import { queue } from './sqs.ts';

/** Every CloudFormation type of the local run. An unknown type stops the start with an error that names it. */
export const resourceModules: ReadonlyMap<string, ResourceModule> = new Map([
  ...Object.keys(noLocalForm).map((type): [string, ResourceModule] => [type, withoutLocalForm]),
  ['AWS::ApiGatewayV2::Api', apigateway.api],
  ['AWS::ApiGatewayV2::Integration', apigateway.integration],
  ['AWS::ApiGatewayV2::Route', apigateway.route],
  ['AWS::ApiGatewayV2::Stage', apigateway.stage],
  ['AWS::CloudFront::CachePolicy', policies.cachePolicy],
  ['AWS::CloudFront::Distribution', distribution],
  ['AWS::CloudFront::Function', policies.edgeFunction],
  ['AWS::CloudFront::OriginRequestPolicy', policies.originRequestPolicy],
  ['AWS::CloudFront::ResponseHeadersPolicy', policies.responseHeadersPolicy],
  ['AWS::CloudFront::VpcOrigin', loadbalancing.vpcOrigin],
  ['AWS::Cognito::UserPool', cognito.userPool],
  ['AWS::Cognito::UserPoolClient', cognito.userPoolClient],
  ['AWS::Cognito::UserPoolGroup', cognito.userPoolGroup],
  ['AWS::DynamoDB::GlobalTable', table],
  ['AWS::DynamoDB::Table', table],
  ['AWS::ECS::Service', ecs.service],
  ['AWS::ECS::TaskDefinition', ecs.taskDefinition],
  ['AWS::ElastiCache::ParameterGroup', elasticache.parameterGroup],
  ['AWS::ElastiCache::ReplicationGroup', elasticache.replicationGroup],
  ['AWS::ElastiCache::User', elasticache.user],
  ['AWS::ElastiCache::UserGroup', elasticache.userGroup],
  ['AWS::ElasticLoadBalancingV2::Listener', loadbalancing.listener],
  ['AWS::ElasticLoadBalancingV2::ListenerRule', loadbalancing.listenerRule],
  ['AWS::ElasticLoadBalancingV2::LoadBalancer', loadbalancing.loadBalancer],
  ['AWS::ElasticLoadBalancingV2::TargetGroup', loadbalancing.targetGroup],
  ['AWS::Events::Rule', events.rule],
  ['AWS::Lambda::EventSourceMapping', eventSourceMapping],
  ['AWS::Lambda::EventInvokeConfig', lambda.eventInvokeConfig],
  ['AWS::Lambda::Function', lambda.lambdaFunction],
  ['AWS::Lambda::Permission', lambda.permission],
  ['AWS::Lambda::Version', lambda.version],
  ['AWS::S3::Bucket', s3.bucket],
  ['AWS::S3::BucketPolicy', s3.bucketPolicy],
  ['AWS::SQS::Queue', queue],
  ['AWS::Scheduler::Schedule', events.schedule],
  ['AWS::SecretsManager::RotationSchedule', secrets.rotationSchedule],
  ['AWS::SecretsManager::Secret', secrets.secret],
  ['Custom::CDKBucketDeployment', bucketDeployment],
  ['Custom::CrossRegionExportReader', crossRegion.exportReader],
  [crossRegionWriter, crossRegion.exportWriter],
]);
