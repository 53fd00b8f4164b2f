import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { edgeConfigKey } from '#contract/edge-config.ts';
import { bundleTokenGate } from '../../../edge/bundle.ts';
import { loadFromS3 } from '../../../edge/token-gate/s3-config.ts';
import { configAddress, originEvent } from '../../support/access/edge-events.ts';
import { readAnswer } from '../../support/access/edge-functions.ts';
import { cookieHeader, makeEdgeKit } from '../../support/access/edge-kit.ts';

const kit = makeEdgeKit();
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };
const bucket = 'config-bucket';
let server: FauxqsServer;
let s3: S3Client;

const put = (body: string) =>
  s3.send(new PutObjectCommand({ Bucket: bucket, Key: edgeConfigKey, Body: body }));

/**
 * Resolves the bucket's host to the server, as DNS does on AWS. Keeps every call, so that its signature can be checked.
 */
function fetchFrom(address: string, seen: Request[] = []) {
  const original = globalThis.fetch;
  vi.stubGlobal('fetch', async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init);
    seen.push(request.clone());
    const url = new URL(request.url);
    return original(new URL(`/${url.hostname.split('.')[0]}${url.pathname}`, address), {
      headers: request.headers,
      signal: request.signal,
    });
  });
  return seen;
}

beforeAll(async () => {
  server = await startFauxqs({ port: 0, logger: false });
  s3 = new S3Client({
    endpoint: server.address,
    region: 'ap-northeast-2',
    forcePathStyle: true,
    credentials,
  });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
});
afterAll(async () => {
  s3.destroy();
  await server.stop();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

describe('the gate’s read of its configuration from S3', () => {
  it("is signed by the function's role for the bucket's Region", async () => {
    await put(JSON.stringify(kit.config));
    const seen = fetchFrom(server.address);
    expect((await loadFromS3(configAddress, credentials)).config).toEqual(kit.config);
    const headers = seen[0]?.headers;
    expect(headers?.get('authorization')).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/ap-northeast-2\/s3\/aws4_request, SignedHeaders=[^ ]+, Signature=[0-9a-f]{64}$/,
    );
    expect(headers?.get('x-amz-security-token')).toBe('session');
  });

  it.each([
    ['no JSON', 'oops'],
    ['an unknown field', JSON.stringify({ ...kit.config, extra: 1 })],
    ['a private key', JSON.stringify({ ...kit.config, keys: [{ ...kit.publicJwk, d: 'x'.repeat(43) }] })],
    [
      'a key off the curve',
      JSON.stringify({ ...kit.config, keys: [{ ...kit.publicJwk, y: 'A'.repeat(43) }] }),
    ],
    ['another version', JSON.stringify({ ...kit.config, version: 2 })],
    ['a megabyte', `${JSON.stringify(kit.config)}${' '.repeat(1_000_001)}`],
  ])('refuses a document with %s', async (_, body) => {
    await put(body);
    fetchFrom(server.address);
    await expect(loadFromS3(configAddress, credentials)).rejects.toThrow();
  });

  it('fails on a missing object, and on an address that is not S3 over https', async () => {
    fetchFrom(server.address);
    await expect(loadFromS3(configAddress.replace('edge-config', 'none'), credentials)).rejects.toThrow(
      /S3 responded with 40/,
    );
    for (const address of [
      '',
      'http://b.s3.us-east-1.amazonaws.com/k',
      'https://b.s3.us-east-1.amazonaws.com.evil.example/k',
    ]) {
      await expect(loadFromS3(address, credentials)).rejects.toThrow();
    }
  });

  it('fails after a second if the server does not respond', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    fetchFrom(`http://127.0.0.1:${address.port}`);
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    await expect(loadFromS3(configAddress, credentials)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(timeout.mock.calls).toEqual([[1_000]]);
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe('the deployed gate', () => {
  it('is one file of at most 100 KB that needs only the role’s environment, admits a valid pass and refuses a request without one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'urr-gate-'));
    try {
      expect(bundleTokenGate(folder)).toBeLessThanOrEqual(100_000);
      await put(JSON.stringify(kit.config));
      fetchFrom(server.address);
      vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
      const { handler } = await import(pathToFileURL(join(folder, 'index.mjs')).href);
      const input = (pass: string) =>
        originEvent({
          method: 'GET',
          target: '/queue/spring-show',
          headers: [['cookie', cookieHeader(kit, { pass })]],
        });
      expect(readAnswer(await handler(input(kit.pass()))).uri).toBe('/queue/index.html');
      expect(readAnswer(await handler(input(kit.pass({ gen: 1 })))).location).toBe('/vwr/spring-show');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
