import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  CfnBucket,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface PrivateBucketProps {
  /** Where each access is written down. */
  readonly accessLogs: IBucket;
  /** Keeps the bucket when it leaves the template. */
  readonly retain: boolean;
  /** Physical name. @default - CloudFormation's */
  readonly name?: string;
}

const closed = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  encryption: BucketEncryption.S3_MANAGED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
} as const;
const removal = (retain: boolean) => (retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY);

/** A bucket that nobody reaches without a grant: encrypted, TLS only, versioned, logged. */
export class PrivateBucket extends Bucket {
  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id, {
      ...closed,
      ...(props.name === undefined ? {} : { bucketName: props.name }),
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: true,
      // The edge configuration is written each minute: old versions serve to look back, not for ever.
      lifecycleRules: [
        {
          noncurrentVersionExpiration: Duration.days(30),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      serverAccessLogsBucket: props.accessLogs,
      serverAccessLogsPrefix: `${id.toLowerCase()}/`,
      removalPolicy: removal(props.retain),
    });
  }

  /** The resource itself, for findings that name it. */
  get resource(): CfnBucket {
    const resource = this.node.defaultChild;
    if (resource instanceof CfnBucket) return resource;
    throw new Error('a bucket without its resource');
  }

  /** Never: CloudFront reads it by access control. (The library's class says `undefined`, which its interface refuses.) */
  override get isWebsite(): boolean {
    return false;
  }
}

export interface LogBucketProps {
  /** Days after which a log is deleted. */
  readonly days: number;
  /** Keeps the bucket when it leaves the template. */
  readonly retain: boolean;
}

/** Access logs of CloudFront and S3. Those services still write by ACL, so ownership cannot be enforced here. */
export class LogBucket extends Bucket {
  constructor(scope: Construct, id: string, props: LogBucketProps) {
    super(scope, id, {
      ...closed,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
      lifecycleRules: [{ expiration: Duration.days(props.days) }],
      removalPolicy: removal(props.retain),
    });
  }

  override get isWebsite(): boolean {
    return false;
  }
}
