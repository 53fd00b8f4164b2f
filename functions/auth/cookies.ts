import { transactionCookie } from '#contract/accounts.ts';
import { accessCookie, refreshCookie } from '#contract/tokens.ts';
import { setCookie } from '../shared/set-cookie.ts';

/** SameSite=Lax: the redirect from the sign-in form and links from other sites must carry these two cookies. */
export const setAccess = (value: string, seconds: number) => setCookie(accessCookie, value, seconds);
export const setTransaction = (value: string, seconds: number) =>
  setCookie(transactionCookie, value, seconds);
/** SameSite=Strict: only pages of this site request a refresh. */
export const setRefresh = (value: string, seconds: number) =>
  setCookie(refreshCookie, value, Math.max(0, Math.floor(seconds)), 'Strict');

export const clearTransaction = setTransaction('', 0);
export const clearSignIn = [setAccess('', 0), setRefresh('', 0)];
