import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' };
const unescaped = (text: string) =>
  text.replaceAll(/\\(?:x([0-9a-f]{2})|(.))/g, (_all, hex?: string, one = '') =>
    hex === undefined ? (escapes[one] ?? one) : String.fromCharCode(Number.parseInt(hex, 16)),
  );

/**
 * Reports every command that a Redis runs from now on, over a connection of its own. A client library's monitor fails
 * when another client's command arrives in one packet with the OK to MONITOR. Ends with the server, without
 * reconnecting.
 *
 * @returns a function that ends it
 */
export async function monitorRedis(
  address: { readonly host?: string | undefined; readonly port?: number | undefined },
  onCommand: (args: readonly string[]) => void,
): Promise<() => void> {
  const socket = connect(address.port ?? 6379, address.host ?? '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const lines = createInterface({ input: socket.setEncoding('latin1') });
  const started = once(lines, 'line');
  lines.on('line', (line) => {
    // +1339518083.107412 [0 127.0.0.1:60866] "HSET" "key" …
    const args = [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => unescaped(text));
    if (args.length > 0) onCommand(args);
  });
  socket.write('MONITOR\r\n');
  await started;
  return () => socket.destroy();
}
