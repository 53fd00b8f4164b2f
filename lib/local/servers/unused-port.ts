import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port nobody listens on now, for a server that cannot report a port of its own choice. Another process may take it before
 * it is used: the caller tries another one then.
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
