import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bundleTokenGate } from '../../../edge/bundle.ts';
import { bundledAddress } from '../../../edge/token-gate/config-address.ts';
import { badInputs } from '../../support/access/bad-inputs.ts';
import { originEvent } from '../../support/access/edge-events.ts';
import { readAnswer, tokenGate } from '../../support/access/edge-functions.ts';
import { cookieHeader, makeEdgeKit } from '../../support/access/edge-kit.ts';

const kit = makeEdgeKit();
const arn = 'arn:aws:lambda:us-east-1:123456789012:function:us-east-1.urr-dev-token-gate:7';
const template =
  'https://urr-dev-edge-config-{account}-ap-northeast-2.s3.ap-northeast-2.amazonaws.com/edge-config.json';
const address = template.replace('{account}', '123456789012');
const target = '/api/v1/queue/status/spring-show';

/** A viewer request as CloudFront passes it to Lambda@Edge: without an origin. */
function viewerRequest(input: Parameters<typeof originEvent>[0]) {
  const [record] = originEvent(input).Records;
  if (record === undefined) throw new Error('no record');
  const { origin: _, ...request } = record.cf.request;
  return { Records: [{ cf: { config: { eventType: 'viewer-request' }, request } }] };
}

describe('the address of the configuration on a viewer request', () => {
  it('comes from the bundle, and its account from the function’s own ARN', () => {
    expect(bundledAddress({ invokedFunctionArn: arn }, template)).toBe(address);
  });

  it.each([
    ['a bundle without it', { invokedFunctionArn: arn }, undefined],
    ['an empty bundled address', { invokedFunctionArn: arn }, ''],
    ['no context', undefined, template],
    ['a context of another shape', { invokedFunctionArn: 7 }, template],
    ['an ARN without an account', { invokedFunctionArn: 'arn:aws:lambda:us-east-1::function:x' }, template],
  ])('is unknown with %s, and then the gate holds requests', (_, context, given) => {
    expect(bundledAddress(context, given)).toBeUndefined();
  });
});

describe('the gate on a viewer request', () => {
  const gate = tokenGate(kit.config, kit.nowMs);

  it('admits and refuses as on an origin request', async () => {
    const cookie: [string, string][] = [['cookie', cookieHeader(kit, { pass: kit.pass() })]];
    const admitted = readAnswer(await gate(viewerRequest({ method: 'GET', target, headers: cookie })));
    expect(admitted).toMatchObject({ status: 0, uri: target });
    expect(readAnswer(await gate(viewerRequest({ method: 'GET', target, headers: [] })))).toMatchObject({
      status: 403,
    });
  });

  it.each(badInputs(kit))('refuses input $number, $name, without canonical-path before it', async (input) => {
    expect(input.statuses).toContain(readAnswer(await gate(viewerRequest(input))).status);
  });

  it('removes X-Forwarded-For of the visitor, and keeps CloudFront’s (E3)', async () => {
    const input = {
      method: 'GET',
      target,
      headers: [
        ['cookie', cookieHeader(kit, { pass: kit.pass() })],
        ['X-Forwarded-For', '198.51.100.7'],
      ] satisfies [string, string][],
    };
    expect(JSON.stringify(await gate(viewerRequest(input)))).not.toContain('198.51.100.7');
    expect(JSON.stringify(await gate(originEvent(input)))).toContain('198.51.100.7');
  });
});

describe('the bundle on a viewer request', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.unstubAllEnvs();
  });

  it('reads the configuration of its own account', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'urr-gate-'));
    const asked: string[] = [];
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not-a-secret');
    vi.stubGlobal('fetch', async (url: string) => {
      asked.push(String(url));
      return new Response(JSON.stringify(kit.config));
    });
    try {
      expect(bundleTokenGate(folder, template)).toBeLessThanOrEqual(100_000);
      const { handler } = await import(pathToFileURL(join(folder, 'index.mjs')).href);
      const event = viewerRequest({
        method: 'GET',
        target,
        headers: [['cookie', cookieHeader(kit, { pass: kit.pass() })]],
      });
      expect(readAnswer(await handler(event, { invokedFunctionArn: arn }))).toMatchObject({ uri: target });
      expect(asked).toEqual([address]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
