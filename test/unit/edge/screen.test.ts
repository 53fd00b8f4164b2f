import { describe, expect, it } from 'vitest';
import { refreshCookie, tokenCookie, tokenType, visitorCookie } from '#contract/tokens.ts';
import { readToken } from '#core/access/token-parts.ts';
import { cookieBytesMax, cookiesMax } from '../../../edge/shared/screen.ts';
import { originEvent, viewerEvent } from '../../support/access/edge-events.ts';
import {
  canonicalPathFunction,
  readAnswer,
  readHeaders,
  tokenGate,
} from '../../support/access/edge-functions.ts';
import { encode, makeEdgeKit } from '../../support/access/edge-kit.ts';

const kit = makeEdgeKit();
const canonicalPath = canonicalPathFunction();
const gate = tokenGate(kit.config, kit.nowMs);

/** Status of both functions for a public path, which only the screen can refuse. */
async function screened(method: string, cookie?: string, target = '/api/v1/health') {
  const input = {
    method,
    target,
    headers: cookie === undefined ? [] : [['cookie', cookie] as [string, string]],
  };
  const both = [canonicalPath(viewerEvent(input)), await gate(originEvent(input))];
  return both.map((result) => readAnswer(result).status);
}

describe('the screen applies to public paths too', () => {
  it.each([refreshCookie, visitorCookie, tokenCookie.entry('spring-show')])(
    'a repeated %s is refused, even with one value',
    async (name) => {
      expect(await screened('GET', `${name}=a; theme=dark; ${name}=a`)).toEqual([400, 400]);
      expect(await screened('GET', `${name}=a; theme=dark`)).toEqual([0, 0]);
    },
  );

  it('the largest allowed number and length of cookies pass, and one more is refused', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `c${index}=1`).join('; ');
    expect(await screened('GET', many(cookiesMax))).toEqual([0, 0]);
    expect(await screened('GET', many(cookiesMax + 1))).toEqual([400, 400]);
    const long = (bytes: number) => `c=${'x'.repeat(bytes - 'c'.length - 3)}`;
    expect(await screened('GET', long(cookieBytesMax))).toEqual([0, 0]);
    expect(await screened('GET', long(cookieBytesMax + 1))).toEqual([400, 400]);
  });

  it('too long cookies get a response that deletes the tokens, and the next request passes', async () => {
    const token = 'x'.repeat(600);
    const tickets = Array.from({ length: 19 }, (_, n) => [tokenCookie.ticket(`show-${n}`), token] as const);
    const kept = [visitorCookie, refreshCookie].map((name) => [name, 'secret'] as const);
    const header = (cookies: readonly (readonly [string, string])[]) =>
      cookies.map(([name, value]) => `${name}=${value}`).join('; ');
    const input = { method: 'GET', target: '/', headers: [] };
    const ask = async (cookie: string, target: string) => {
      const asked = { ...input, target, headers: [['cookie', cookie] as [string, string]] };
      return [canonicalPath(viewerEvent(asked)), await gate(originEvent(asked))];
    };
    for (const target of ['/', '/sign-in', '/api/v1/auth/me']) {
      for (const result of await ask(header([...kept, ...tickets]), target)) {
        expect(readAnswer(result).status).toBe(400);
        const answer = readHeaders(result);
        const isApi = target.startsWith('/api');
        expect(answer.headers['content-type']).toBe(isApi ? 'application/json' : 'text/html; charset=utf-8');
        expect(answer.headers['clear-site-data']).toBeUndefined();
        const dropped = new Set(answer.setCookies.map((line) => line.slice(0, line.indexOf('='))));
        expect(answer.setCookies.every((line) => line.endsWith('=; Max-Age=0; Path=/; Secure'))).toBe(true);
        expect([...dropped].sort()).toEqual(tickets.map(([name]) => name).sort());
      }
      expect((await ask(header(kept), target)).map((result) => readAnswer(result).status)).toEqual([0, 0]);
    }
  });

  it("too long cookies of other software are all deleted, because URR's are not the cause", async () => {
    const cookie = `tracker=${'x'.repeat(cookieBytesMax)}; ${visitorCookie}=secret`;
    const input = { method: 'GET', target: '/', headers: [['cookie', cookie] as [string, string]] };
    for (const result of [canonicalPath(viewerEvent(input)), await gate(originEvent(input))]) {
      expect(readAnswer(result).status).toBe(400);
      expect(readHeaders(result).headers['clear-site-data']).toBe('"cookies"');
    }
  });

  it('a method is unknown (400) or not allowed on this path (405)', async () => {
    for (const method of ['get', 'TRACE', 'CONNECT', 'FOO', ''])
      expect(await screened(method)).toEqual([400, 400]);
    for (const method of ['POST', 'DELETE', 'OPTIONS']) expect(await screened(method)).toEqual([405, 405]);
    expect(await screened('HEAD')).toEqual([0, 0]);
  });

  it('a query may be long, but not unlimited', async () => {
    const query = (bytes: number) => `/api/v1/events?a=${'x'.repeat(bytes - 3)}`;
    expect(await screened('GET', undefined, query(4096))).toEqual([0, 0]);
    expect(await screened('GET', undefined, query(4097))).toEqual([400, 400]);
    const names = (count: number) =>
      `/api/v1/events?${Array.from({ length: count }, (_, i) => `p${i}=1`).join('&')}`;
    expect(await screened('GET', undefined, names(50))).toEqual([0, 0]);
    expect(await screened('GET', undefined, names(51))).toEqual([400, 400]);
  });
});

describe('a token has one spelling', () => {
  const header = { ...kit.header, typ: tokenType.entry };
  const tokenOf = (body: Buffer) => {
    const input = `${encode(header)}.${body.toString('base64url')}`;
    return `${input}.${kit.signature(input)}`;
  };

  it('bytes that are not UTF-8 are not read as other text', () => {
    const claims = Buffer.from(JSON.stringify({ ...kit.entryClaims, jti: 'a?' }));
    expect(readToken(tokenOf(claims))?.payload).toMatchObject({ jti: 'a?' });
    claims[claims.indexOf('?')] = 0xff;
    expect(readToken(tokenOf(claims))).toBeUndefined();
    expect(readToken(tokenOf(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), claims])))).toBeUndefined();
  });
});
