import type { IncomingMessage } from 'node:http';
import { addressToLimit, clientAddress } from '#core/access/client-address.ts';

/** Returns the address of a request, as URR's proxies report it (E3) and as limits count it. */
export function addressOf(
  request: Pick<IncomingMessage, 'headers' | 'socket'>,
  forwardedHops: number,
): string {
  const forwarded = request.headers['x-forwarded-for'];
  return addressToLimit(
    clientAddress(
      Array.isArray(forwarded) ? forwarded.join(',') : forwarded,
      request.socket.remoteAddress ?? '',
      forwardedHops,
    ),
  );
}
