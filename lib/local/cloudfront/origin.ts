import http from 'node:http';
import { bodyBytesMax, type Headers, type OriginAnswer, type OriginCall } from '../http.ts';

/** An origin of a distribution, by its domain name. */
export interface Origin {
  readonly kind: 's3' | 'custom';
  readonly region: string;
  /** In private subnets: only CloudFront reaches it, through a VPC origin. */
  readonly isPrivate?: boolean;
  answer(call: OriginCall): Promise<OriginAnswer>;
}

/** CloudFront's default time-out for an origin's response. */
const answerMsMax = 30_000;

/** Calls a server on the loopback address. The path is sent unchanged, as CloudFront sends it. */
export function callServer(
  base: string,
  agent: http.Agent,
  call: { method: string; target: string; headers: Headers; body: Buffer; timeoutMs?: number },
): Promise<OriginAnswer> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const outgoing = http.request(
      {
        agent,
        hostname,
        port,
        method: call.method,
        path: call.target,
        headers: Object.fromEntries(
          Object.entries(call.headers).map(
            ([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : [...values]] as const,
          ),
        ),
        timeout: call.timeoutMs ?? answerMsMax,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        incoming.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > bodyBytesMax)
            outgoing.destroy(new Error(`the response is larger than ${bodyBytesMax} bytes`));
          else chunks.push(chunk);
        });
        incoming.on('error', reject);
        incoming.on('end', () => {
          const headers: Record<string, string[]> = {};
          for (const [name, values] of Object.entries(incoming.headersDistinct))
            if (values !== undefined) headers[name] = values;
          resolve({ status: incoming.statusCode ?? 502, headers, body: Buffer.concat(chunks) });
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('the origin does not answer')));
    outgoing.on('error', reject);
    outgoing.end(call.body);
  });
}
