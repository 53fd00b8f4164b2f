import { subscribe } from 'node:diagnostics_channel';
import { Server } from 'node:net';

/**
 * Loaded before a container's own module: ends the process when the runner is gone, which on AWS is the host's duty, and
 * reports the port that the container listens on, which Docker would have mapped. The channel to the runner does not keep a
 * process alive that has nothing left to do.
 */
subscribe('tracing:net.server.listen:asyncEnd', (message) => {
  const { server } = Object(message);
  const address = server instanceof Server ? server.address() : null;
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port });
});
process.on('disconnect', () => process.exit(0));
process.channel?.unref();
// Ctrl-C in a terminal reaches every process, but a container stops only by SIGTERM.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
