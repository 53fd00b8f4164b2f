import { describe, expect, it } from 'vitest';
import { fromEdgeResult, toEdgeEvent } from '#local/cloudfront/lambda-edge.ts';
import { localAddress } from '#local/lambda/edge-dns.ts';

const servers = { s3: 'http://127.0.0.1:4001', dynamodb: 'http://127.0.0.1:4002' };
const at = (address: string) => localAddress(new URL(address), servers).href;

describe('the DNS of Lambda@Edge in the local run', () => {
  it('resolves a bucket by its host name to the embedded S3 and its path', () => {
    expect(at('https://cfg.s3.ap-northeast-2.amazonaws.com/edge-config.json?x=1')).toBe(
      'http://127.0.0.1:4001/cfg/edge-config.json?x=1',
    );
  });

  it('resolves a regional service to its embedded server', () => {
    expect(at('https://dynamodb.us-east-1.amazonaws.com/')).toBe('http://127.0.0.1:4002/');
  });

  it.each([
    'https://example.com/',
    'http://cfg.s3.us-east-1.amazonaws.com/',
    'https://sqs.us-east-1.amazonaws.com/',
    'https://x.dynamodb.us-east-1.amazonaws.com/',
    'https://s3.us-east-1.amazonaws.com.evil.example/',
    'http://127.0.0.1:4001/',
  ])('refuses %s, which is not declared', (address) => {
    expect(() => at(address)).toThrow('the local run has no server for');
  });
});

describe('the origin-request event', () => {
  const request = {
    clientIp: '::1',
    method: 'GET',
    uri: '/q',
    rawQuery: 'a=1',
    headers: { cookie: ['a=b'] },
  };
  const origin = {
    kind: 's3',
    domainName: 'b.s3.r.amazonaws.com',
    path: '',
    customHeaders: { 'x-urr-edge-config': ['https://c'] },
    region: 'r',
  } as const;

  it('has the documented shape', () => {
    const event = toEdgeEvent(request, origin, { id: 'E1', domainName: 'd' });
    expect(event).toMatchObject({
      Records: [
        {
          cf: {
            config: { distributionId: 'E1', eventType: 'origin-request' },
            request: {
              clientIp: '::1',
              uri: '/q',
              querystring: 'a=1',
              headers: { cookie: [{ key: 'Cookie', value: 'a=b' }] },
              origin: { s3: { customHeaders: { 'x-urr-edge-config': [{ value: 'https://c' }] } } },
            },
          },
        },
      ],
    });
  });

  it('leads to a generated response or a forwarded request', () => {
    expect(fromEdgeResult({ status: '302', headers: { location: [{ value: '/x' }] } })).toMatchObject({
      answer: { status: 302, headers: { location: ['/x'] } },
    });
    expect(fromEdgeResult({ method: 'GET', uri: '/a', querystring: '', headers: {} })).toMatchObject({
      request: { uri: '/a' },
    });
    expect(() => fromEdgeResult(null)).toThrow();
    expect(() => fromEdgeResult({ status: '302', body: 'x'.repeat(1024 * 1024 + 1) })).toThrow(
      'larger than 1 MB',
    );
  });
});
