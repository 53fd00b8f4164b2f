import { afterEach, describe, expect, it } from 'vitest';
import { authPaths } from '#contract/accounts.ts';
import { UrrError } from '#core/errors.ts';
import { Browser } from './browser.ts';
import { type System, signedIn, startSystem } from './system.ts';

let system: System | undefined;
afterEach(() => system?.stop());

describe('during an outage of the provider', () => {
  it('signed-in accounts stay signed in: known keys remain valid', async () => {
    system = await startSystem();
    const { browser } = await signedIn(system, 'stay@example.kr');
    await system.issuer.stop();
    expect((await system.me(browser)).status).toBe(200);
  });

  it('a refresh is 503 with Retry-After, and its cookie works when the provider responds again', async () => {
    system = await startSystem();
    const { browser } = await signedIn(system, 'outage@example.kr');
    const away = async () => {
      throw new UrrError('UNAVAILABLE', 'the provider is away', { retryAfterSeconds: 5 });
    };
    system.useInstead({ provider: { ...system.deps.provider, refresh: away } });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const answer = await system.post(browser, authPaths.refresh);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(await answer.json()).toMatchObject({ code: 'UNAVAILABLE' });
    }
    system.useInstead({});
    expect((await system.post(browser, authPaths.refresh)).status).toBe(200);
    expect(system.counted).toEqual([]);
  });

  it('a refresh waits no longer than its time-out for the provider', async () => {
    system = await startSystem();
    const { browser } = await signedIn(system, 'gone@example.kr');
    await system.issuer.stop();
    expect((await system.post(browser, authPaths.refresh)).status).toBe(503);
  });

  it('a new sign-in leads to a page that explains the outage, never to a 5xx', async () => {
    system = await startSystem();
    await system.issuer.stop();
    const response = await new Browser().fetch(`${system.site}${authPaths.signIn}`);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/sign-in?problem=unavailable');
  });
});

describe('a request around the edge', () => {
  it('is refused', async () => {
    system = await startSystem();
    const headers = { 'x-urr-origin-secret': 'guess' };
    const answer = await new Browser().fetch(`${system.site}${authPaths.me}`, { headers });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'ORIGIN_SECRET_REQUIRED' });
  });
});
