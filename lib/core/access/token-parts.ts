import { isPlausibleToken } from './token-syntax.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Header and payload of a token, not yet verified; undefined if it has not the one form that our signer writes. */
export function readToken(token: string): { header: unknown; payload: unknown } | undefined {
  if (!isPlausibleToken(token)) return undefined;
  const [head = '', body = ''] = token.split('.');
  const header = strictJson(head);
  const payload = strictJson(body);
  return header === undefined || payload === undefined ? undefined : { header, payload };
}

/**
 * JSON that writes back to exactly the text it came from. So no key comes twice (parsers disagree on which counts), no
 * number is out of range (1e309), nothing has two spellings; and the text is UTF-8.
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
