import { transactionCookie } from '#contract/accounts.ts';
import { accessCookie, refreshCookie } from '#contract/tokens.ts';
import { setCookie } from '../shared/http.ts';

/** Lax: the visit that the sign-in form sends back here, and links from elsewhere, must carry these two. */
export const setAccess = (value: string, seconds: number) => setCookie(accessCookie, value, seconds);
export const setTransaction = (value: string, seconds: number) =>
  setCookie(transactionCookie, value, seconds);
/** Strict: only our own pages ask for a refresh. */
export const setRefresh = (value: string, seconds: number) =>
  setCookie(refreshCookie, value, Math.max(0, Math.floor(seconds)), 'Strict');

export const clearTransaction = setTransaction('', 0);
export const clearSignIn = [setAccess('', 0), setRefresh('', 0)];
