import { once } from 'node:events';
import { connect } from 'node:net';
import { patienceMs } from '../time/patience-ms.ts';

/** Sends bytes as they are, which no HTTP client would, and reads all that comes back until the other side closes. */
export async function sendRaw(url: string, bytes: Buffer): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').setTimeout(patienceMs, () => socket.destroy());
  socket.on('data', (text: string) => {
    answer += text;
  });
  socket.on('error', () => {}); // A reset after the answer is the server's way to refuse the rest.
  // Not ended from here: Node's server gives up a request whose sender has hung up.
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

export interface RawAnswer {
  /** NaN: nothing that is HTTP came back. */
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

export function readRaw(text: string): RawAnswer {
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]),
    location: /^location: (.*)\r$/im.exec(text)?.[1],
    text,
  };
}
