import { describe, expect, it } from 'vitest';
import { networksOf, viewerAddress } from '#core/line/network.ts';

describe('the networks of an address', () => {
  it('an IPv4 address counts for itself and for its /24', () => {
    expect(networksOf('203.0.113.9')).toEqual({ narrow: '203.0.113.9', wide: '203.0.113.0/24' });
    expect(networksOf('::ffff:203.0.113.9')).toEqual(networksOf('203.0.113.9'));
  });

  it('an IPv6 address counts for its /64 and its /48, however it is written', () => {
    const networks = { narrow: '2001:db8:1:2::/64', wide: '2001:db8:1::/48' };
    expect(networksOf('2001:db8:1:2:3:4:5:6')).toEqual(networks);
    expect(networksOf('2001:0DB8:0001:0002::99')).toEqual(networks);
    expect(networksOf('2001:db8:1:3::1')?.wide).toBe(networks.wide);
    expect(networksOf('2001:db8::1')).toEqual({ narrow: '2001:db8:0:0::/64', wide: '2001:db8:0::/48' });
  });

  it('a loopback address is not counted', () => {
    expect(networksOf('127.0.0.1')).toBeUndefined();
    expect(networksOf('::1')).toBeUndefined();
    expect(networksOf('::ffff:127.0.0.1')).toBeUndefined();
    expect(networksOf('127.0.0.2')).toBeDefined();
  });

  it('a text that is not an address counts as a network of its own', () => {
    expect(networksOf('unknown')).toEqual({ narrow: 'unknown', wide: 'unknown' });
  });
});

describe('the viewer’s address (E3)', () => {
  const cloudFront = '130.176.0.1';

  it('the viewer’s address is the entry of CloudFront, whatever the client sent', () => {
    for (const forged of ['', '6.6.6.6, ', '6.6.6.6, 7.7.7.7, ', `${cloudFront}, `])
      for (const appended of ['', `, ${cloudFront}`])
        expect(viewerAddress(`${forged}203.0.113.9${appended}`, cloudFront)).toBe('203.0.113.9');
  });

  it('the viewer’s address is the caller’s without X-Forwarded-For', () => {
    expect(viewerAddress(undefined, cloudFront)).toBe(cloudFront);
    expect(viewerAddress(cloudFront, cloudFront)).toBe(cloudFront);
  });
});
