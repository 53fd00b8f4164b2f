import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { ResourceModule } from '../cloudformation/engine.ts';
import { clientOptions } from './clients.ts';
import { flag, noLocalEffect, propertiesOf } from './properties.ts';

const deploymentSchema = z.strictObject({
  ServiceToken: z.string(),
  SourceBucketNames: z.array(z.string()),
  SourceObjectKeys: z.array(z.string()),
  DestinationBucketName: z.string(),
  DestinationBucketKeyPrefix: z.string().optional(),
  Prune: flag.optional(),
  Extract: flag.optional(),
  SystemMetadata: z
    .strictObject({
      'cache-control': z.string().optional(),
      'content-type': z.string().optional(),
      'content-language': z.string().optional(),
      'content-disposition': z.string().optional(),
    })
    .optional(),
  SourceMarkers: z.array(z.looseObject({})).optional(),
  DistributionId: noLocalEffect,
  DistributionPaths: noLocalEffect,
  WaitForDistributionInvalidation: noLocalEffect,
  OutputObjectKeys: noLocalEffect,
  DestinationBucketArn: noLocalEffect,
});

/** The content types that `aws s3 cp` guesses. */
const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.ico': 'image/vnd.microsoft.icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml',
};

/** A site has a few dozen files; more files mean a wrong asset. */
const filesMax = 5000;

/** Custom::CDKBucketDeployment: copies the assets' files to the bucket with the metadata of the template. */
export const bucketDeployment: ResourceModule = async (resource, registry) => {
  const properties = propertiesOf(resource, deploymentSchema);
  if (properties.SourceMarkers?.some((markers) => Object.keys(markers).length > 0))
    throw new Error('property SourceMarkers: values known only at deployment have no local form');
  const { 'cache-control': cacheControl, 'content-type': contentType } = properties.SystemMetadata ?? {};
  const prefix = properties.DestinationBucketKeyPrefix?.replace(/\/*$/, '/') ?? '';
  const client = new S3Client(clientOptions(registry.endpoints.s3, resource.region));
  try {
    for (const key of properties.SourceObjectKeys) {
      const folder = registry.assets.get(key);
      if (folder === undefined) throw new Error(`the assembly has no asset ${key}`);
      const files = await filesBelow(folder);
      await Promise.all(
        files.map(async (path) =>
          client.send(
            new PutObjectCommand({
              Bucket: properties.DestinationBucketName,
              Key: prefix + relative(folder, path),
              Body: await readFile(path),
              ContentType: contentType ?? contentTypes[extname(path)] ?? 'binary/octet-stream',
              CacheControl: cacheControl,
              ContentLanguage: properties.SystemMetadata?.['content-language'],
              ContentDisposition: properties.SystemMetadata?.['content-disposition'],
            }),
          ),
        ),
      );
    }
  } finally {
    client.destroy();
  }
  return {
    ref: resource.generatedName(64),
    attributes: { DestinationBucketArn: `arn:aws:s3:::${properties.DestinationBucketName}` },
  };
};

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  if (entries.length > filesMax)
    throw new Error(`the asset contains more than ${filesMax} files; check the built site`);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
