import { transactionCookie } from '#contract/auth.ts';
import { accessCookie, refreshCookie } from '#contract/tokens.ts';

/**
 * Value of a cookie that the browser sent exactly once. Sent twice, somebody else (a sister domain) may have planted
 * one of them, and neither is used.
 */
export function cookieValue(cookies: readonly string[], name: string): string | undefined {
  const prefix = `${name}=`;
  const found = cookies.filter((cookie) => cookie.startsWith(prefix));
  return found.length === 1 ? found[0]?.slice(prefix.length) : undefined;
}

const set = (name: string, value: string, seconds: number, sameSite: 'Lax' | 'Strict') =>
  `${name}=${value}; Max-Age=${Math.max(0, Math.floor(seconds))}; Path=/; Secure; HttpOnly; SameSite=${sameSite}`;

/** Lax: the visit that the sign-in form sends back here, and links from elsewhere, must carry these two. */
export const setAccess = (value: string, seconds: number) => set(accessCookie, value, seconds, 'Lax');
export const setTransaction = (value: string, seconds: number) =>
  set(transactionCookie, value, seconds, 'Lax');
/** Strict: only our own pages ask for a refresh. */
export const setRefresh = (value: string, seconds: number) => set(refreshCookie, value, seconds, 'Strict');

export const clearTransaction = set(transactionCookie, '', 0, 'Lax');
export const clearSignIn = [set(accessCookie, '', 0, 'Lax'), set(refreshCookie, '', 0, 'Strict')];
