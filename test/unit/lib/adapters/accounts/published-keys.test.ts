import { describe, expect, it } from 'vitest';
import { publishedKeys } from '#adapters/accounts/keys.ts';
import type { EdgeConfig } from '#contract/edge-config.ts';

const issuer = 'https://cognito-idp.ap-northeast-2.amazonaws.com/ap-northeast-2_test';
const key = { kty: 'RSA', n: 'n'.repeat(342), e: 'AQAB', kid: 'one', alg: 'RS256', use: 'sig' } as const;
const published = (signIn: EdgeConfig['signIn']): EdgeConfig => ({
  version: 1,
  publishedAtMs: 0,
  issuer: 'urr-dev',
  keys: [],
  events: {},
  ...(signIn === undefined ? {} : { signIn }),
});
const read = (config: EdgeConfig | undefined) => publishedKeys(async () => config)(issuer);

describe('sign-in keys from the edge configuration, for workers without internet access', () => {
  it('are those of the issuer that can verify', async () => {
    const keys = [key, { kty: 'EC' }, { ...key, alg: 'none' }];
    expect(await read(published({ issuer, clientId: 'site', keys }))).toEqual([key]);
  });

  it.each([
    ['nothing is published', undefined],
    ['no sign-in is published', published(undefined)],
    [
      'another issuer is published',
      published({ issuer: 'https://other.example', clientId: 'site', keys: [key] }),
    ],
    ['no usable key is published', published({ issuer, clientId: 'site', keys: [{ kty: 'EC' }] })],
  ])('are UNAVAILABLE if %s, so that no visitor counts as signed out', async (_, config) => {
    await expect(read(config)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
