import type { HttpApi } from './apigateway/api.ts';
import type { Assembly } from './cloudformation/assembly.ts';
import type { FunctionCode } from './cloudfront/function-runtime.ts';
import type { Entrance } from './cloudfront/http-server.ts';
import type { Origin } from './cloudfront/origin.ts';
import type { CachePolicy, OriginRequestPolicy, ResponseHeadersPolicy } from './cloudfront/policies.ts';
import type { Service } from './containers/service.ts';
import type { ContainerDescription } from './containers/task.ts';
import type { AsyncInvoker } from './lambda/async-invoke.ts';
import type { LambdaFunction } from './lambda/function.ts';
import type { LoadBalancer } from './loadbalancer/balancer.ts';
import type { TargetGroup } from './loadbalancer/target-group.ts';
import type { Log } from './log.ts';
import type { LocalIssuer } from './openid/issuer.ts';
import type { RedisUser } from './servers/redis.ts';
import type { SecretsManager } from './servers/secrets-manager.ts';

/** Addresses of the embedded servers, for example `http://127.0.0.1:40001`. */
export interface Endpoints {
  readonly dynamodb: string;
  readonly s3: string;
  readonly sqs: string;
  readonly secretsManager: string;
}

/** One request that passed the edge and its cache and reached an origin of the distribution. */
export interface OriginRequest {
  readonly atMs: number;
  readonly origin: string;
  readonly method: string;
  /** Path at the origin, with its query string. */
  readonly path: string;
}

/** The embedded servers do not check credentials, but SDK clients require some. */
export const localCredentials = {
  AWS_ACCESS_KEY_ID: 'AKIALOCALLOCALLOCAL0',
  AWS_SECRET_ACCESS_KEY: 'local',
} as const;

export interface LocalRedis {
  readonly port: number;
  readonly users: readonly RedisUser[];
  /** Process id of the running redis-server. */
  readonly pid: number;
}

/** What the resource modules share: each resource registers here what later resources look up. */
export interface Registry {
  readonly log: Log;
  readonly assets: Assembly['assets'];
  readonly images: Assembly['images'];
  readonly endpoints: Endpoints;
  readonly secrets: SecretsManager;
  /** SSM parameters: name to value. Only cross-Region exports write them. */
  readonly parameters: Map<string, string>;
  /** Local issuers of user pools, by pool id. */
  readonly issuers: Map<string, LocalIssuer>;
  /** Lambda functions by ARN. */
  readonly functions: Map<string, LambdaFunction>;
  /** Retry settings of asynchronous events, by the ARN of the function. */
  readonly asyncPolicies: Map<string, AsyncSettings>;
  readonly asyncInvoker: AsyncInvoker;
  /** Sends a message to a queue of the templates, as Lambda does with failed events. */
  sendToQueue(queueArn: string, body: object): Promise<void>;
  /** HTTP APIs by id. */
  readonly apis: Map<string, HttpApi>;
  /** Origins by domain name: buckets, APIs, load balancers. */
  readonly origins: Map<string, Origin>;
  /** Queue ARN to its URL. */
  readonly queueUrls: Map<string, string>;
  /** Load balancers by ARN, the same by the ARN of their listener, and target groups by ARN. */
  readonly loadBalancers: Map<string, LoadBalancer>;
  readonly listeners: Map<string, LoadBalancer>;
  readonly targetGroups: Map<string, TargetGroup>;
  /** Ids of CloudFront's VPC origins. */
  readonly vpcOrigins: Set<string>;
  /** Containers by the ARN of their task definition, and the services that run them. */
  readonly taskDefinitions: Map<string, ContainerDescription>;
  readonly services: Service[];
  readonly redis: {
    readonly parameters: Map<string, Readonly<Record<string, string>>>;
    readonly users: Map<string, RedisUser>;
    readonly userGroups: Map<string, readonly RedisUser[]>;
    readonly servers: LocalRedis[];
  };
  /** CloudFront's permissions by bucket name, from the bucket policy. */
  readonly bucketGrants: Map<string, { readonly canRead: boolean; readonly canList: boolean }>;
  readonly edgeFunctions: Map<string, FunctionCode>;
  readonly cachePolicies: Map<string, CachePolicy>;
  readonly originRequestPolicies: Map<string, OriginRequestPolicy>;
  readonly responseHeadersPolicies: Map<string, ResponseHeadersPolicy>;
  readonly originRequests: OriginRequest[];
  readonly settings: WorldSettings;
  /** The public address, with the distribution behind it. */
  readonly entrance: Entrance;
}

interface AsyncSettings {
  readonly retriesMax: number;
  readonly deadLetterArn: string | undefined;
  /** Greatest age of a retried event. @default - no limit */
  readonly ageMsMax?: number | undefined;
}

interface WorldSettings {
  /** Address of the site in browsers. It is known before the start, because sign-in redirects to it. */
  readonly siteUrl: string;
  /** Most processes per Lambda function; on AWS a thousand and more. */
  readonly processesPerFunctionMax: number;
  /** Factor of the templates' time limits for a response. */
  readonly timeLimitFactor: number;
  /** Replaces variables that a template sets, and never adds one. */
  readonly environmentOverrides: Readonly<Record<string, string>>;
}
