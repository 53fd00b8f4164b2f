import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Returns a port on which no process listens, for a server that cannot report a port that it chose. Another process may
 * take the port before it is used; then the caller tries another one.
 */
export async function unusedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
