/**
 * The address a request came from. X-Forwarded-For can be forged up to the part that our own proxies append: of n such
 * proxies, the visitor's address is the n-th from the right (E3). On AWS n is 2:
 *
 *   X-Forwarded-For: <whatever the client sent>, <viewer, by CloudFront>, <CloudFront, by the load balancer>
 *
 * A shorter list than that came around our proxies: then only the connection itself says where from.
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

/** Groups of 16 bits that name a network of one subscriber: an IPv6 line has at least a /64 (RFC 6177). */
const networkGroups = 4;

/**
 * What a limit per address counts: an IPv4 address, or an IPv6 network, for whoever has one of its addresses has all of
 * them. Text that is no address counts as it stands.
 */
export function addressToLimit(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = address.lastIndexOf('.') === -1 ? -1 : address.lastIndexOf(':');
  if (mapped !== -1) return address.slice(mapped + 1);
  const [head = '', tail] = address.toLowerCase().split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const tailGroups = tail === undefined || tail === '' ? [] : tail.split(':');
  // `::` stands for as many zeros as are missing from eight groups.
  while (tail !== undefined && groups.length + tailGroups.length < 8) groups.push('0');
  const network = [...groups, ...tailGroups].slice(0, networkGroups);
  return `${network.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
