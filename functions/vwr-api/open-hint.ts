import { openHintCookie } from '#contract/tokens.ts';

/** As long as a visitor may take to come back to the page. */
const hintSeconds = 600;

/**
 * Set-Cookie line of the hint that there is no waiting room now: without it the edge turns away who shows no token
 * (docs/adr/0013). Open to scripts, unlike our other cookies, because the page renews it too; it opens nothing by itself.
 */
export const openHint = (eventId: string): string =>
  `${openHintCookie(eventId)}=1; Max-Age=${hintSeconds}; Path=/; Secure; SameSite=Lax`;
