import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { LoadOrder } from './load.ts';

/**
 * A load generator with minimal work: requests are built before the clock starts, and only the number and
 * the status of the responses are read. One process generates several times the load that one Fastify worker can serve.
 */
process.once('message', async (order: LoadOrder) => {
  const requests = render(order);
  const state = { next: 0, isMeasuring: false, requests: 0, ok: 0, isUsedUp: false, isOver: false };
  const latencies: number[] = [];

  const run = async (): Promise<void> => {
    const socket = connect(order.port, '127.0.0.1');
    socket.setNoDelay(true);
    let sentAt = 0;
    const send = () => {
      const at = state.next;
      if (state.isOver || (order.request.isOnce && at >= requests.length)) {
        state.isUsedUp ||= !state.isOver;
        socket.end();
        return;
      }
      state.next += 1;
      sentAt = performance.now();
      const request = requests[at % requests.length];
      if (request !== undefined) socket.write(request);
    };
    await drive(socket, send, (isOk) => {
      if (!state.isMeasuring) return;
      state.requests += 1;
      if (isOk) state.ok += 1;
      latencies.push(performance.now() - sentAt);
    });
  };

  const all = Promise.all(Array.from({ length: order.connections }, run));
  await wait(order.warmUpMs);
  state.isMeasuring = true;
  const startedAt = performance.now();
  const before = performance.eventLoopUtilization();
  await Promise.race([all, wait(order.measureMs)]);
  state.isMeasuring = false;
  const seconds = (performance.now() - startedAt) / 1000;
  const busyShare = performance.eventLoopUtilization(before).utilization;
  state.isOver = true;
  await all;
  process.send?.({
    requests: state.requests,
    ok: state.ok,
    seconds,
    latenciesMs: thin(latencies.sort((a, b) => a - b)),
    busyShare,
    isUsedUp: state.isUsedUp,
  });
});

function render({ request }: LoadOrder): Buffer[] {
  const { method, path, lines, from, isOnce } = request;
  const end = method === 'POST' ? 'content-length: 0\r\n\r\n' : '\r\n';
  const used = isOnce ? lines.slice(from) : [...lines.slice(from), ...lines.slice(0, from)];
  return used.map((line) =>
    Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: urr\r\n${line}\r\n${end}`, 'latin1'),
  );
}

/** Reads responses until the socket closes. Each must have a content-length. */
function drive(socket: Socket, send: () => void, onAnswer: (isOk: boolean) => void): Promise<void> {
  let text = '';
  return new Promise((resolve) => {
    socket.setEncoding('latin1');
    socket.on('connect', send);
    socket.on('data', (chunk: string) => {
      text = text === '' ? chunk : text + chunk;
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const at = text.indexOf('content-length: ');
      const length = Number(text.slice(at + 16, text.indexOf('\r', at)));
      if (text.length < headEnd + 4 + length) return;
      const isOk = text.startsWith('HTTP/1.1 200');
      text = '';
      onAnswer(isOk);
      send();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
  });
}

const thin = (sorted: readonly number[]): number[] => {
  const step = Math.max(1, Math.ceil(sorted.length / 20_000));
  return sorted.filter((_, i) => i % step === 0);
};
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
