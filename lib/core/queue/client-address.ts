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
