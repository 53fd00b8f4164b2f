import { AwsClient } from 'aws4fetch';
import { edgeConfigSchema } from '#contract/edge-config.ts';
import { type ReadyConfig, readyConfig } from './ready-config.ts';

/** Longest wait of a visitor; then the last good copy is used. */
const timeoutMs = 1000;
/** A configuration of a thousand events has about 80 KB. */
const bytesMax = 1_000_000;
/** `bucket.s3.region.amazonaws.com`, the form that the stacks use. */
const hostPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\.s3[.-]([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/;

/** Credentials of the function's role, from the reserved variables. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Reads the edge configuration from S3 by a signed GET. Rejects on an incomplete or invalid document. */
export async function loadFromS3(address: string, credentials: Credentials): Promise<ReadyConfig> {
  const url = new URL(address);
  const region = hostPattern.exec(url.hostname)?.[1];
  if (url.protocol !== 'https:' || region === undefined)
    throw new Error('the address of the edge configuration must be an https URL of S3');
  const client = new AwsClient({ ...credentials, service: 's3', region });
  const signed = await client.sign(url.href, { method: 'GET' });
  const response = await fetch(signed.url, {
    headers: signed.headers,
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'error',
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`S3 responded with ${response.status}`);
  }
  const text = await response.text();
  if (text.length > bytesMax)
    throw new Error(`the edge configuration may have at most ${bytesMax} characters`);
  const document: unknown = JSON.parse(text);
  return readyConfig(edgeConfigSchema.parse(document), true);
}
