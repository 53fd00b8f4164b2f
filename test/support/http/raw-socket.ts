import { once } from 'node:events';
import { connect } from 'node:net';
import { patienceMs } from '../time/patience-ms.ts';

/** Sends bytes unchanged, which no HTTP client does, and returns all bytes until the server closes the connection. */
export async function sendRaw(url: string, bytes: Buffer): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').setTimeout(patienceMs, () => socket.destroy());
  socket.on('data', (text: string) => {
    answer += text;
  });
  socket.on('error', () => {}); // A reset after the response is the server's way to refuse the rest.
  // The socket is not ended here, because Node's server drops the request of a client that has closed its side.
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

interface RawAnswer {
  /** NaN: the response is not HTTP. */
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
