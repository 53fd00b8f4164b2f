import { tokenLengthMax } from '#contract/token-names.ts';

/**
 * Form of a compact ES256 JWS: three base64url parts, the last of 64 bytes. `eyJ` is `{"`. Unused bits of a part's last
 * character must be 0; otherwise one token would have several spellings (RFC 4648 3.5).
 */
const tokenPattern = /^eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]$/;

/** Whether a string has the form of URR's tokens. Needs no key. */
export function isPlausibleToken(token: string): boolean {
  if (token.length > tokenLengthMax || !tokenPattern.test(token)) return false;
  const parts = token.split('.');
  return isCanonicalBase64url(`${parts[0]}`) && isCanonicalBase64url(`${parts[1]}`);
}

function isCanonicalBase64url(part: string): boolean {
  const rest = part.length % 4;
  const last = part.charAt(part.length - 1);
  if (rest === 0) return true;
  return rest === 2 ? 'AQgw'.indexOf(last) >= 0 : rest === 3 && 'AEIMQUYcgkosw048'.indexOf(last) >= 0;
}
