import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type EdgeConfig, edgeConfigKey, edgeConfigSchema } from '#contract/edge-config.ts';
import { parseJson } from '../json.ts';

export const createS3Client = (): S3Client =>
  new S3Client({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });

/** The edge configuration in its bucket. */
export interface EdgeConfigStore {
  /** Returns the published configuration; undefined: there is none, or it cannot be parsed. */
  get(): Promise<EdgeConfig | undefined>;
  put(config: EdgeConfig): Promise<void>;
}

export function createEdgeConfigStore(client: S3Client, bucket: string): EdgeConfigStore {
  return {
    async get() {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: edgeConfigKey }));
        const parsed = edgeConfigSchema.safeParse(parseJson((await Body?.transformToString()) ?? ''));
        return parsed.success ? parsed.data : undefined;
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    async put(config) {
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: edgeConfigKey,
          Body: JSON.stringify(config),
          ContentType: 'application/json',
          CacheControl: 'no-cache',
        }),
      );
    },
  };
}
