import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { buildWeb } from '../../../web/build.ts';
import { acknowledge, spelledInFindings } from '../nag.ts';
import type { Settings } from '../settings/schema.ts';
import type { PrivateBucket } from './private-bucket.ts';

export interface SiteContentProps {
  readonly settings: Settings;
  readonly bucket: PrivateBucket;
}

interface Part {
  readonly id: string;
  /** Folder of the built site; empty: the files at its root. */
  readonly folder: string;
  readonly cacheControl: CacheControl[];
}

/** Parts of the site, with their lifetimes in browsers and CloudFront (C5). */
const parts: readonly Part[] = [
  {
    id: 'Assets',
    folder: 'assets',
    cacheControl: [
      CacheControl.setPublic(),
      CacheControl.maxAge(Duration.days(365)),
      CacheControl.immutable(),
    ],
  },
  {
    id: 'WaitingPage',
    folder: 'vwr',
    cacheControl: [CacheControl.setPublic(), CacheControl.maxAge(Duration.minutes(5))],
  },
  // Not cached, so that a browser's "back" passes the gate again.
  { id: 'QueuePage', folder: 'queue', cacheControl: [CacheControl.setPrivate(), CacheControl.noStore()] },
  { id: 'SeatsPage', folder: 'seats', cacheControl: [CacheControl.setPrivate(), CacheControl.noStore()] },
];
const root: Part = {
  id: 'Pages',
  folder: '',
  cacheControl: [CacheControl.setPublic(), CacheControl.maxAge(Duration.minutes(1))],
};

/**
 * Builds the pages at synthesis and copies them to the bucket, each part with its own lifetime. Assets come first, so that no
 * page refers to a missing asset; old assets stay, for browsers with an old page.
 */
export class SiteContent extends Construct {
  private readonly role: Role;
  private readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: SiteContentProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: props.settings.logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.logGroup.grantWrite(this.role);
    const site = mkdtempSync(join(tmpdir(), 'urr-web-'));
    try {
      buildWeb(site);
      this.deployAll(props.bucket, site);
    } finally {
      // The cloud assembly contains a copy of each part.
      rmSync(site, { recursive: true, force: true });
    }
    this.acknowledgeCopier(props.bucket);
  }

  /** The toolkit's copying function has its own grants and runtime. */
  private acknowledgeCopier(bucket: PrivateBucket): void {
    const stack = Stack.of(this);
    const { partition, account } = spelledInFindings(stack);
    const source = `arn:${partition}:s3:::cdk-hnb659fds-assets-${account}-${stack.region}/*`;
    const reads =
      'The copier reads the bootstrap bucket, whose object names are hashes of this very deployment.';
    const writes = 'The copier writes, lists and deletes pages in this one bucket: any path of the site.';
    acknowledge(this.role, {
      'AwsSolutions-IAM5[Action::s3:GetObject*]': reads,
      'AwsSolutions-IAM5[Action::s3:GetBucket*]': reads,
      'AwsSolutions-IAM5[Action::s3:List*]': reads,
      [`AwsSolutions-IAM5[Resource::${source}]`]: reads,
      'AwsSolutions-IAM5[Action::s3:DeleteObject*]': writes,
      'AwsSolutions-IAM5[Action::s3:Abort*]': writes,
      [`AwsSolutions-IAM5[Resource::<${stack.getLogicalId(bucket.resource)}.Arn>/*]`]: writes,
    });
    for (const copier of stack.node.children.filter(({ node }) => node.id.startsWith('Custom::CDKBucket')))
      acknowledge(copier, {
        'AwsSolutions-L1': "The toolkit's own function: its runtime comes with the pinned aws-cdk-lib.",
      });
  }

  private deployAll(bucket: PrivateBucket, site: string): void {
    const present = parts.filter(({ folder }) => existsSync(join(site, folder)));
    const inOwnParts = present.map(({ folder }) => folder);
    const [assets, ...rest] = present.map((part) => this.deploy(bucket, site, part, []));
    if (assets === undefined)
      throw new Error(`the built site has no assets: ${readdirSync(site).join(', ')}`);
    for (const pages of [...rest, this.deploy(bucket, site, root, inOwnParts)])
      pages.node.addDependency(assets);
  }

  private deploy(
    bucket: PrivateBucket,
    site: string,
    part: Part,
    leaveOut: readonly string[],
  ): BucketDeployment {
    const deployment = new BucketDeployment(this, part.id, {
      sources: [Source.asset(join(site, part.folder), { exclude: leaveOut.flatMap((f) => [f, `${f}/**`]) })],
      destinationBucket: bucket,
      ...(part.folder === '' ? {} : { destinationKeyPrefix: part.folder }),
      cacheControl: part.cacheControl,
      // Pruning at the root would delete the other parts; pruning assets would delete those of open pages.
      prune: part.folder !== '' && part.folder !== 'assets',
      memoryLimit: 256,
      role: this.role,
      logGroup: this.logGroup,
    });
    return deployment;
  }
}
