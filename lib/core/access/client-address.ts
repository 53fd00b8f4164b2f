/**
 * Returns the address that a request came from. A client can forge X-Forwarded-For, except the part that URR's proxies
 * append. With n proxies the visitor's address is the n-th from the right (E3). On AWS n is 2:
 *
 *   X-Forwarded-For: <sent by the client>, <viewer, by CloudFront>, <CloudFront, by the load balancer>
 *
 * A request with a shorter list bypassed the proxies. Then the address of the connection is returned.
 */
export function clientAddress(
  forwardedFor: string | undefined,
  connectionAddress: string,
  trustedHops: number,
): string {
  if (trustedHops <= 0 || forwardedFor === undefined) return connectionAddress;
  let end = forwardedFor.length;
  for (let hop = 1; hop < trustedHops; hop += 1) {
    end = forwardedFor.lastIndexOf(',', end - 1);
    if (end <= 0) return connectionAddress;
  }
  return forwardedFor.slice(forwardedFor.lastIndexOf(',', end - 1) + 1, end).trim() || connectionAddress;
}

/** Groups of 16 bits in the network of one subscriber: an IPv6 connection has at least a /64 (RFC 6177). */
const networkGroups = 4;

/**
 * Returns the key of a limit per address: an IPv4 address, or the network of an IPv6 address, because a subscriber can
 * use all addresses of it. Other text is returned unchanged.
 */
export function addressToLimit(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = address.lastIndexOf('.') === -1 ? -1 : address.lastIndexOf(':');
  if (mapped !== -1) return address.slice(mapped + 1);
  const [head = '', tail] = address.toLowerCase().split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const tailGroups = tail === undefined || tail === '' ? [] : tail.split(':');
  // `::` is as many zeros as are missing from eight groups.
  while (tail !== undefined && groups.length + tailGroups.length < 8) groups.push('0');
  const network = [...groups, ...tailGroups].slice(0, networkGroups);
  return `${network.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
