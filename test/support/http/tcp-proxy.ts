import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * A proxy between two programs that a test can close, redirect to another target, or delay. A replica behind a slow
 * proxy lags, so a killed primary loses writes that it had acknowledged (limits.md, section 3).
 */
export interface TcpProxy {
  readonly port: number;
  /** Sets the target of new connections. */
  turnTo(port: number): void;
  /** Closes every connection. New ones are accepted. */
  cut(): void;
  /** Refuses new connections, or accepts them again. */
  close(isClosed: boolean): void;
  stop(): Promise<void>;
}

/**
 * @param delayMs delay of every byte from the target
 * @param later  schedules the delay: timers are late by up to a millisecond, `spin` is exact and keeps a core busy
 */
export async function startTcpProxy(
  targetPort: number,
  delayMs = 0,
  later: (work: () => void, delayMs: number) => void = setTimeout,
): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let target = targetPort;
  let isClosed = false;
  const server = createServer((near) => {
    if (isClosed) {
      near.destroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    near.on('data', (bytes) => void far.write(bytes));
    far.on('data', (bytes) => {
      if (delayMs === 0) near.write(bytes);
      // Bytes that are in transit when the target dies are lost, as on a real connection.
      else later(() => !far.destroyed && near.write(bytes), delayMs);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    turnTo: (port) => {
      target = port;
    },
    cut,
    close: (closed) => {
      isClosed = closed;
      if (closed) cut();
    },
    async stop() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Runs each piece of work after its delay, to some microseconds. For measurements of a few seconds. */
export function spin(): (work: () => void, delayMs: number) => void {
  const due: { readonly atMs: number; readonly work: () => void }[] = [];
  const look = () => {
    const nowMs = performance.now();
    for (let first = due[0]; first !== undefined && first.atMs <= nowMs; first = due[0]) {
      due.shift();
      first.work();
    }
    if (due.length > 0) setImmediate(look);
  };
  return (work, delayMs) => {
    due.push({ atMs: performance.now() + delayMs, work });
    if (due.length === 1) setImmediate(look);
  };
}
