import { subscribe } from 'node:diagnostics_channel';
import { Server } from 'node:net';

/**
 * Loaded before a container's own module. It ends the process when the runner has ended, as the host does on AWS, and
 * reports the port on which the container listens, as Docker's mapping does. The channel to the runner is unreferenced,
 * so it does not keep a finished process alive.
 */
subscribe('tracing:net.server.listen:asyncEnd', (message) => {
  const { server } = Object(message);
  const address = server instanceof Server ? server.address() : null;
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port });
});
process.on('disconnect', () => process.exit(0));
process.channel?.unref();
// Ctrl-C in a terminal signals every process of the group, but a container stops only by SIGTERM.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
