import type { Server } from 'node:net';

/** Sends the port to the parent, and ends this process with its parent, so that no process survives `npm start`. */
export function reportPort(server: Server): void {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole process group. The parent ends its servers itself, after the Lambdas.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.send?.({ port: address.port });
}
