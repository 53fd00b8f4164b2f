/**
 * Loaded before a container's own module: ends the process when the runner is gone, which on AWS is the host's duty. The
 * channel to the runner does not keep a process alive that has nothing left to do.
 */
process.on('disconnect', () => process.exit(0));
process.channel?.unref();
// Ctrl-C in a terminal reaches every process; a container is asked to stop by SIGTERM alone.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
