import { edgeConfigHeader } from '#contract/tokens.ts';
import type { BadInput } from './bad-inputs.ts';

/** Events in the shapes that CloudFront makes of a raw request. CloudFront's own refusals are not imitated. */
type Values = Record<string, { value: string; multiValue?: { value: string }[] }>;
export interface ViewerEvent {
  request: { method: string; uri: string; querystring: Values; headers: Values; cookies: Values };
}

export const configAddress = 'https://config-bucket.s3.ap-northeast-2.amazonaws.com/edge-config.json';

export function viewerEvent(input: Pick<BadInput, 'method' | 'target' | 'headers'>): ViewerEvent {
  const { uri, query } = split(input.target);
  const others = input.headers.filter(([name]) => name.toLowerCase() !== 'cookie');
  const cookieLines = input.headers
    .filter(([name]) => name.toLowerCase() === 'cookie')
    .map(([, value]) => value);
  return {
    request: {
      method: input.method,
      uri,
      querystring: values(pairs(query, '&')),
      headers: values(others.map(([name, value]) => [name.toLowerCase(), value])),
      cookies: values(cookieLines.flatMap((line) => pairs(line, ';'))),
    },
  };
}

/**
 * Origin-request event of Lambda@Edge.
 * @param uri the path after the CloudFront Function
 */
export function originEvent(input: Pick<BadInput, 'method' | 'target' | 'headers'>, uri?: string) {
  const headers: Record<string, { key: string; value: string }[]> = {};
  for (const [key, value] of input.headers) {
    const name = key.toLowerCase();
    headers[name] = [...(headers[name] ?? []), { key, value }];
  }
  const { uri: raw, query } = split(input.target);
  const customHeaders = { [edgeConfigHeader]: [{ key: edgeConfigHeader, value: configAddress }] };
  const origin = { custom: { customHeaders, domainName: 'origin.internal', path: '', port: 443 } };
  const request = {
    clientIp: '203.0.113.9',
    method: input.method,
    uri: uri ?? raw,
    querystring: query,
    headers,
    origin,
  };
  return { Records: [{ cf: { config: { eventType: 'origin-request' }, request } }] };
}

function split(target: string): { uri: string; query: string } {
  const mark = target.indexOf('?');
  return mark < 0
    ? { uri: target, query: '' }
    : { uri: target.slice(0, mark), query: target.slice(mark + 1) };
}

function pairs(text: string, separator: string): [string, string][] {
  if (text === '') return [];
  return text.split(separator).map((part) => {
    const [name = '', ...rest] = part.trim().split('=');
    return [name, rest.join('=')];
  });
}

function values(list: readonly (readonly [string, string])[]): Values {
  const grouped = new Map<string, string[]>();
  for (const [name, value] of list) grouped.set(name, [...(grouped.get(name) ?? []), value]);
  const entries = [...grouped].map(([name, all]) => {
    const first = all[0] ?? '';
    return [
      name,
      all.length > 1 ? { value: first, multiValue: all.map((value) => ({ value })) } : { value: first },
    ] as const;
  });
  return Object.fromEntries(entries);
}
