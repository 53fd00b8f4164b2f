import { addressToLimit, clientAddress } from '../access/client-address.ts';

/** The networks that an address belongs to, as limits count them. */
export interface Networks {
  /** An IPv4 address or an IPv6 /64: one subscriber, or one address of a carrier. */
  readonly narrow: string;
  /** The IPv4 /24 or the IPv6 /48 around it: whoever rents several addresses. */
  readonly wide: string;
}

/** This machine itself: visitors of the local run, and nobody on AWS, where CloudFront stands in front. */
const ownAddresses: readonly string[] = ['127.0.0.1', '::1'];

/** Undefined: an address that no limit counts. Text that is no address is a network of its own. */
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
 * The viewer's address behind CloudFront and an HTTP API. CloudFront appends the viewer to X-Forwarded-For; the HTTP API
 * appends the address of its own caller, CloudFront. What stands before the viewer is the viewer's own word (E3).
 *
 *   X-Forwarded-For: <whatever the client sent>, <viewer>, <CloudFront>
 *
 * @param callerAddress of the connection to the HTTP API; the last entry counts as appended by it only if it is this one
 */
export function viewerAddress(forwardedFor: string | undefined, callerAddress: string): string {
  const isAppended = forwardedFor?.split(',').at(-1)?.trim() === callerAddress;
  return clientAddress(forwardedFor, callerAddress, isAppended ? 2 : 1);
}
