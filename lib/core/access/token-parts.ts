import { isPlausibleToken } from './token-syntax.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Returns header and payload of an unverified token; undefined if it does not have exactly the form that URR's signer
 * writes.
 */
export function readToken(token: string): { header: unknown; payload: unknown } | undefined {
  if (!isPlausibleToken(token)) return undefined;
  const [head = '', body = ''] = token.split('.');
  const header = strictJson(head);
  const payload = strictJson(body);
  return header === undefined || payload === undefined ? undefined : { header, payload };
}

/**
 * Parses JSON that serialises to exactly the same text. This excludes repeated keys (parsers disagree on which counts),
 * numbers out of range (1e309), second spellings, and text that is not UTF-8.
 */
function strictJson(part: string): unknown {
  try {
    const text = decoder.decode(Buffer.from(part, 'base64url'));
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}
