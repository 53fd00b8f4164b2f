import { describe, expect, it } from 'vitest';
import { fromFunctionResult, toFunctionEvent } from '#local/cloudfront/function-event.ts';
import { compileFunction } from '#local/cloudfront/function-runtime.ts';
import type { EdgeRequest } from '#local/cloudfront/request.ts';
import { emptyBody } from '#local/http.ts';

const compile = (source: string) => compileFunction('f', source, 'cloudfront-js-2.0');
const name = { id: 'E1', domainName: 'd1.cloudfront.net' };
const request: EdgeRequest = {
  method: 'GET',
  uri: '/api//seats',
  query: [
    ['a', '1'],
    ['a', '2'],
  ],
  headers: { host: ['localhost'], accept: ['text/html', 'x/y'] },
  cookies: [['c', 'v=1']],
  body: emptyBody,
  clientIp: '127.0.0.1',
  clientPort: 1,
};

describe('a CloudFront Function', () => {
  it('receives the raw path, and every value of a repeated name', async () => {
    const f = compile('function handler(event) { return event.request; }');
    const seen = await f.run(toFunctionEvent(request, name));
    expect(seen).toMatchObject({
      uri: '/api//seats',
      querystring: { a: { value: '2', multiValue: [{ value: '1' }, { value: '2' }] } },
      cookies: { c: { value: 'v=1' } },
    });
    expect(fromFunctionResult(seen, request)).toEqual({ request });
  });

  it('may be asynchronous and hash, as runtime 2.0 allows', async () => {
    const f = compile(
      "import crypto from 'crypto';\nasync function handler() { return { statusCode: 200, body: crypto.createHash('sha256').update('a').digest('hex') }; }",
    );
    const { answer } = { answer: undefined, ...fromFunctionResult(await f.run({}), request) };
    expect(answer?.body.toString()).toMatch(/^ca978112/);
  });

  it.each(['fetch', 'process', 'setTimeout', 'globalThis.process', 'XMLHttpRequest'])(
    'has no %s',
    async (what) => {
      const f = compile(`function handler() { return { statusCode: 200, body: String(typeof ${what}) }; }`);
      expect(await f.run({})).toMatchObject({ body: 'undefined' });
    },
  );

  it("cannot import Node's modules", async () => {
    const f = compile("function handler() { require('node:fs'); }");
    await expect(f.run({})).rejects.toThrow('no module node:fs');
  });

  it('above 10 KB is refused with its size, as at deployment', () => {
    const source = `function handler() {} // ${'x'.repeat(10_240)}`;
    expect(() => compile(source)).toThrow(`the function's code is ${source.length} bytes`);
  });

  it('that runs far too long is refused', async () => {
    const f = compile(
      'function handler() { let x = 0; for (let i = 0; i < 5e8; i++) x += i % 7; return { x }; }',
    );
    await expect(f.run({})).rejects.toThrow('takes too long');
  });

  it('may not change a read-only header', () => {
    const changed = {
      method: 'GET',
      uri: '/',
      querystring: {},
      headers: { host: { value: 'evil' } },
      cookies: {},
    };
    expect(() => fromFunctionResult(changed, request)).toThrow('may not change the header host');
  });

  it('may respond with cookies and their attributes', () => {
    const result = {
      statusCode: 302,
      headers: { Location: { value: '/x' } },
      cookies: { s: { value: '1', attributes: 'Path=/; Secure' } },
    };
    const outcome = fromFunctionResult(result, request);
    expect(outcome).toMatchObject({
      answer: { status: 302, headers: { location: ['/x'], 'set-cookie': ['s=1; Path=/; Secure'] } },
    });
  });
});
