import type { Pair } from '#core/access/pairs.ts';
import { forwardedForHeader } from '../shared/headers.ts';
import { droppedCookie, type Refusal, render } from '../shared/refusal.ts';
import type { GateRequest } from '../shared/request.ts';
import { routeTree } from '../shared/tree.ts';
import { decideViewer } from '../shared/viewer.ts';
import type { Values, ViewerRequest, ViewerRequestEvent, ViewerResponse } from './cloudfront.ts';

/**
 * CloudFront Function on the viewer request of every behaviour (JavaScript runtime 2.0). The bundle makes it a global.
 */
export function handler(event: ViewerRequestEvent): ViewerRequest | ViewerResponse {
  const request = event.request;
  const decision = decideViewer(read(request), routeTree);
  if (decision.outcome === 'refuse') return answer(decision);
  delete request.headers[forwardedForHeader];
  request.uri = decision.uri;
  return request;
}

function read(request: ViewerRequest): GateRequest {
  return {
    method: request.method,
    path: request.uri,
    header: (name) => valuesOf(request.headers, name),
    headerNames: Object.keys(request.headers),
    cookies: pairs(request.cookies),
    query: pairs(request.querystring),
  };
}

/** Most cookies or query parameters read: more than every limit of the screen, which then refuses the request. */
const pairsMax = 256;

function pairs(values: Values): Pair[] {
  const list: Pair[] = [];
  const names = Object.keys(values);
  for (let index = 0; index < names.length && list.length < pairsMax; index += 1) {
    const name = `${names[index]}`;
    valuesOf(values, name).forEach((value) => {
      list.push({ name, value });
    });
  }
  return list;
}

function valuesOf(values: Values, name: string): string[] {
  const entry = values[name];
  if (entry === undefined) return [];
  return entry.multiValue ? entry.multiValue.map((item) => item.value) : [entry.value];
}

function answer(refusal: Refusal): ViewerResponse {
  const rendered = render(refusal);
  const headers: Values = {};
  rendered.headers.forEach((header) => {
    headers[header[0]] = { value: header[1] };
  });
  const cookies: ViewerResponse['cookies'] = {};
  rendered.clearCookies.forEach((name) => {
    cookies[name] = { value: '', attributes: droppedCookie };
  });
  return {
    statusCode: rendered.status,
    headers,
    cookies,
    body: { encoding: 'text', data: rendered.body },
  };
}
