import { emptyBody, type OriginAnswer } from '../http.ts';

/** CloudFront's own errors: no details, never a stack. */
export function plainError(status: number): OriginAnswer {
  return {
    status,
    headers: { 'content-type': ['text/html'], 'cache-control': ['no-store'] },
    body: emptyBody,
  };
}
