import http from 'node:http';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { ResourceModule } from '../cloudformation/engine.ts';
import { callServer, type Origin } from '../cloudfront/origin.ts';
import { emptyBody, type Headers, type OriginAnswer } from '../http.ts';
import type { Registry } from '../registry.ts';
import { clientOptions } from './clients.ts';
import { noLocalEffect, propertiesOf } from './properties.ts';

const bucketSchema = z.strictObject({
  BucketName: z.string().optional(),
  AccessControl: noLocalEffect,
  BucketEncryption: noLocalEffect,
  LifecycleConfiguration: noLocalEffect,
  LoggingConfiguration: noLocalEffect,
  OwnershipControls: noLocalEffect,
  PublicAccessBlockConfiguration: noLocalEffect,
  VersioningConfiguration: noLocalEffect,
  Tags: noLocalEffect,
});

/** Names that S3 allows (bucketnamingrules.html). Any other name would fail at deployment. */
const bucketNamePattern = /^(?!xn--|sthree-)(?!.*(?:-s3alias|--ol-s3)$)[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]$/;

/** AWS::S3::Bucket: a bucket in the embedded S3, and the origin of its domain name. */
export const bucket: ResourceModule = async (resource, registry) => {
  const properties = propertiesOf(resource, bucketSchema);
  const name = properties.BucketName ?? resource.generatedName(63).toLowerCase();
  if (!bucketNamePattern.test(name) || name.includes('..'))
    throw new Error(`bucket name ${name}: S3 allows 3 to 63 lower-case letters, digits, dots and hyphens`);
  const client = new S3Client(clientOptions(registry.endpoints.s3, resource.region));
  try {
    await client.send(new CreateBucketCommand({ Bucket: name }));
  } finally {
    client.destroy();
  }
  const agent = new http.Agent({ keepAlive: true });
  const origin = bucketOrigin(name, resource.region, agent, registry);
  const regional = `${name}.s3.${resource.region}.amazonaws.com`;
  const domain = `${name}.s3.amazonaws.com`;
  for (const domainName of [regional, domain]) registry.origins.set(domainName, origin);
  return {
    ref: name,
    attributes: { Arn: `arn:aws:s3:::${name}`, DomainName: domain, RegionalDomainName: regional },
    stop: () => agent.destroy(),
  };
};

/**
 * Responds as S3 does to CloudFront: the bucket policy must grant the read, and without ListBucket a missing object is
 * 403.
 */
function bucketOrigin(name: string, region: string, agent: http.Agent, registry: Registry): Origin {
  return {
    kind: 's3',
    region,
    async answer(call) {
      const grants = registry.bucketGrants.get(name);
      if (call.method !== 'GET' && call.method !== 'HEAD') return refusal(405, 'MethodNotAllowed');
      if (grants?.canRead !== true) return refusal(403, 'AccessDenied');
      const answer = await callServer(registry.endpoints.s3, agent, {
        method: call.method,
        target: `/${name}${call.rawPath}`,
        headers: {},
        body: emptyBody,
      });
      if (answer.status === 404)
        return grants.canList ? refusal(404, 'NoSuchKey') : refusal(403, 'AccessDenied');
      return { ...answer, headers: served(answer.headers) };
    },
  };
}

/** Removes headers that only the embedded server adds. */
function served(headers: Headers): Headers {
  const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...others } = headers;
  return { ...others, server: ['AmazonS3'] };
}

function refusal(status: number, code: string): OriginAnswer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>`;
  return {
    status,
    headers: { 'content-type': ['application/xml'], server: ['AmazonS3'] },
    body: Buffer.from(body),
  };
}

const policySchema = z.strictObject({
  Bucket: z.string(),
  PolicyDocument: z.object({
    Statement: z.array(
      z.object({
        Effect: z.string(),
        Action: z.union([z.string(), z.array(z.string())]),
        Principal: z.unknown(),
      }),
    ),
  }),
});

/** AWS::S3::BucketPolicy: CloudFront's permissions. The origin checks them, because the embedded S3 does not. */
export const bucketPolicy: ResourceModule = (resource, registry) => {
  const { Bucket, PolicyDocument } = propertiesOf(resource, policySchema);
  const actions = PolicyDocument.Statement.filter(
    ({ Effect, Principal }) => Effect === 'Allow' && Object(Principal).Service === 'cloudfront.amazonaws.com',
  ).flatMap(({ Action }) => Action);
  const allows = (action: string) =>
    actions.some((one) => one === action || one === 's3:*' || one === 's3:Get*');
  registry.bucketGrants.set(Bucket, {
    canRead: allows('s3:GetObject'),
    canList: actions.includes('s3:ListBucket'),
  });
  return { ref: resource.generatedName(64) };
};
