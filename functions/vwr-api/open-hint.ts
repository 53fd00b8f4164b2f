import { openHintCookie } from '#contract/tokens.ts';

/** Longest time in which a visitor returns to the page. */
const hintSeconds = 600;

/**
 * Set-Cookie line of the hint that the waiting room is off: without it the edge redirects a visitor without a token
 * (docs/adr/0013). Scripts can read it, unlike other cookies, because the page renews it too; it grants no access.
 */
export const openHint = (eventId: string): string =>
  `${openHintCookie(eventId)}=1; Max-Age=${hintSeconds}; Path=/; Secure; SameSite=Lax`;
