import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchSignInKeys } from '#adapters/accounts/keys.ts';
import { publishedSignIn } from '#adapters/accounts/sign-in.ts';
import { edgeConfigSchema } from '#contract/edge-config.ts';
import { type LocalIssuer, startLocalIssuer } from '#local/openid/issuer.ts';
import { patienceMs } from '../../support/time/patience-ms.ts';

let issuer: LocalIssuer | undefined;
let server: Server | undefined;
afterEach(async () => {
  await issuer?.stop();
  server?.closeAllConnections();
  server?.close();
});

const fetchKeys = (from: string) => fetchSignInKeys(from, patienceMs);
const publishedOf = ({ issuer: from }: LocalIssuer, nowMs: () => number) =>
  publishedSignIn({ issuer: from, clientId: 'site', nowMs, fetchKeys });

const answering = async (status: number, body: string, headers: Record<string, string> = {}) => {
  const one = createServer((_request, response) => response.writeHead(status, headers).end(body));
  server = one;
  await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(one.address() as AddressInfo).port}`;
};

describe("the issuer's keys", () => {
  it('fit into the edge configuration and contain nothing private', async () => {
    issuer = await startLocalIssuer({ port: 0 });
    const signIn = await publishedOf(issuer, Date.now)();
    const config = { version: 1, publishedAtMs: 0, issuer: 'urr-dev', keys: [], events: {}, signIn };
    expect(edgeConfigSchema.parse(config).signIn?.keys).toHaveLength(1);
    expect(Object.keys(signIn.keys[0] ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  });

  it('stay available during an outage of the issuer', async () => {
    issuer = await startLocalIssuer({ port: 0 });
    const clock = { ms: Date.now() };
    const read = publishedOf(issuer, () => clock.ms);
    const before = await read();
    await issuer.stop();
    clock.ms += 3_600_000;
    expect(await read()).toEqual(before);
  });

  const weak = { kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: 'a', alg: 'RS256', use: 'sig' };
  it.each([
    ['an error', 500, '{"keys":[]}'],
    ['a body that is not JSON', 200, '<html>'],
    ['no keys', 200, '{"keys":[]}'],
    ['a key that is too short', 200, JSON.stringify({ keys: [weak] })],
    ['a secret key', 200, '{"keys":[{"kty":"oct","k":"c2VjcmV0","alg":"HS256","kid":"a","use":"sig"}]}'],
    ['a body that is too long', 200, `{"keys":[],"x":"${'x'.repeat(70_000)}"}`],
  ])('are UNAVAILABLE after a response with %s', async (_name, status, body) => {
    await expect(fetchKeys(await answering(status, body))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('are not read from the target of a redirect', async () => {
    const url = await answering(302, '', { location: 'https://evil.example/.well-known/jwks.json' });
    await expect(fetchKeys(url)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
