import { hash } from 'node:crypto';
import { visitorIdPattern } from '#contract/token-names.ts';

/**
 * Returns a hash of the visitor id, so that a leaked token does not disclose the cookie. Undefined: the id is
 * malformed.
 */
export const visitorSubject = (visitorId: string): string | undefined =>
  visitorIdPattern.test(visitorId) ? `v.${sha256(visitorId)}` : undefined;

/** SHA-256 in base64url. */
export const sha256 = (text: string): string => hash('sha256', text, 'base64url');
