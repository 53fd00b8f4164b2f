import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { patienceMs } from '../time/patience-ms.ts';
import type { CookieJar } from './cookie-jar.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Ask {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly jar?: CookieJar;
}

/** An answer larger than this is not one of URR's. */
const bodyBytesMax = 5 * 1024 * 1024;

/**
 * An HTTP client over node:http that neither follows redirects nor normalises paths. Its connections are kept and
 * counted until `close()`.
 */
export class HttpClient {
  readonly #base: URL;
  readonly #agent: Agent;
  readonly #answerMsMax: number;

  constructor(baseUrl: string, connectionsMax = 64, answerMsMax = patienceMs) {
    this.#base = new URL(baseUrl);
    this.#answerMsMax = answerMsMax;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connectionsMax, scheduling: 'lifo' });
  }

  ask(path: string, { method = 'GET', headers = {}, jar }: Ask = {}): Promise<Answer> {
    const cookie = jar?.header();
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: this.#base.hostname.replace(/^\[|\]$/g, ''),
          port: this.#base.port,
          path,
          method,
          agent: this.#agent,
          signal: AbortSignal.timeout(this.#answerMsMax),
          headers: { ...(cookie === undefined ? {} : { cookie }), 'content-length': '0', ...headers },
        },
        (incoming) => {
          const parts: Buffer[] = [];
          let bytes = 0;
          incoming.on('data', (part: Buffer) => {
            bytes += part.length;
            if (bytes > bodyBytesMax) incoming.destroy(new Error('the answer is too large'));
            else parts.push(part);
          });
          incoming.once('error', reject);
          incoming.once('end', () => {
            jar?.keep(incoming.headers['set-cookie']);
            const body = Buffer.concat(parts).toString('utf8');
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body });
          });
        },
      );
      outgoing.once('error', reject);
      outgoing.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
