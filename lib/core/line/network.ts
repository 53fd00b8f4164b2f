import { addressToLimit, clientAddress } from '../access/client-address.ts';

/** The two networks of an address that limits count. */
export interface Networks {
  /** An IPv4 address or an IPv6 /64: one subscriber, or one address of a carrier. */
  readonly narrow: string;
  /** The IPv4 /24 or the IPv6 /48 around it: one customer with several addresses. */
  readonly wide: string;
}

/** Loopback addresses: visitors of the local run. On AWS no visitor has one, because every request passes CloudFront. */
const ownAddresses: readonly string[] = ['127.0.0.1', '::1'];

/** Undefined: no limit counts this address. A text that is not an address counts as a network of its own. */
export function networksOf(address: string): Networks | undefined {
  const narrow = addressToLimit(address);
  if (ownAddresses.includes(address) || ownAddresses.includes(narrow)) return undefined;
  if (!narrow.includes(':')) {
    const octets = narrow.split('.');
    return { narrow, wide: octets.length === 4 ? `${octets.slice(0, 3).join('.')}.0/24` : narrow };
  }
  return { narrow, wide: `${narrow.split(':').slice(0, 3).join(':')}::/48` };
}

/**
 * Returns the viewer's address behind CloudFront and an HTTP API. CloudFront appends the viewer to X-Forwarded-For; the
 * HTTP API appends the address of its caller, CloudFront. Entries before the viewer come from the viewer and prove nothing
 * (E3).
 *
 *   X-Forwarded-For: <whatever the client sent>, <viewer>, <CloudFront>
 *
 * @param callerAddress of the connection to the HTTP API. The last entry counts as appended by the API only if it is equal
 */
export function viewerAddress(forwardedFor: string | undefined, callerAddress: string): string {
  const isAppended = forwardedFor?.split(',').at(-1)?.trim() === callerAddress;
  return clientAddress(forwardedFor, callerAddress, isAppended ? 2 : 1);
}
