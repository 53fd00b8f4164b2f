import { emptyBody, type OriginAnswer } from '../http.ts';

/** CloudFront's own error responses, without details or a stack. */
export function plainError(status: number): OriginAnswer {
  return {
    status,
    headers: { 'content-type': ['text/html'], 'cache-control': ['no-store'] },
    body: emptyBody,
  };
}
