import { once } from 'node:events';
import { createServer } from 'node:net';

export const portDefault = 8787;
const portsTried = 10;

/** Whether both loopback addresses are free: a browser may take either for localhost. */
export async function isFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer();
    try {
      server.listen(port, host);
      await once(server, 'listening');
    } catch (error) {
      // No IPv6 on this machine is not a port in use.
      if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    } finally {
      server.close();
    }
  }
  return true;
}

/** The default port or the next free one, so that a second run does not fail. */
export async function freePort(say: (line: string) => void): Promise<number> {
  for (let port = portDefault; port < portDefault + portsTried; port++) {
    if (!(await isFree(port))) continue;
    if (port !== portDefault) say(`port ${portDefault} is in use: taking ${port}`);
    return port;
  }
  say(`ports ${portDefault} to ${portDefault + portsTried - 1} are in use: taking any free one`);
  return 0;
}
