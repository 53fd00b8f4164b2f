import { hash } from 'node:crypto';
import { visitorIdPattern } from '#contract/token-names.ts';

/** A hash names the visitor, so a token that leaks does not give the cookie away. Undefined: not a visitor id of ours. */
export const visitorSubject = (visitorId: string): string | undefined =>
  visitorIdPattern.test(visitorId) ? `v.${sha256(visitorId)}` : undefined;

/** SHA-256 in base64url. */
export const sha256 = (text: string): string => hash('sha256', text, 'base64url');
