/** Requests and responses between edge and origins, with whole bodies in memory. */
export interface Headers {
  /** Lower-case name to every value, in order. */
  readonly [name: string]: readonly string[];
}

export interface OriginCall {
  readonly method: string;
  /** As in the request line, neither decoded nor normalised. */
  readonly rawPath: string;
  /** Without the question mark. */
  readonly rawQuery: string;
  readonly headers: Headers;
  readonly body: Buffer;
  /** Address of the TCP peer, as the origin sees it. */
  readonly sourceIp: string;
}

export interface OriginAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

export const emptyBody: Buffer = Buffer.alloc(0);

export function jsonAnswer(status: number, body: unknown, headers: Headers = {}): OriginAnswer {
  return {
    status,
    headers: { 'content-type': ['application/json'], ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** Values of a header joined as one line, or undefined. */
export function headerOf(headers: Headers, name: string): string | undefined {
  const values = headers[name];
  return values === undefined || values.length === 0
    ? undefined
    : values.join(name === 'cookie' ? '; ' : ', ');
}

/** Largest body taken from a viewer. API Gateway's limit is 10 MB; URR's requests are a few kilobytes. */
export const bodyBytesMax = 10 * 1024 * 1024;
