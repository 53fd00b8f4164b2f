import { createHmac, timingSafeEqual } from 'node:crypto';

/** Older than this, it is a repeat by somebody else. The provider signs anew for each of its own retries. */
const webhookAgeMsMax = 5 * 60_000;

export const signWebhook = (secret: string, body: string, time: string): string =>
  `v1:${createHmac('sha256', secret).update(`${body}:${time}`).digest('base64')}`;

/**
 * A webhook is a hint that something changed: whoever gets one asks the provider and believes only the answer. Its
 * signature keeps strangers from making us ask: HMAC-SHA-256 over `<body>:<transmission time>`, in a header that may
 * carry several (`v1:` + base64, comma between) while the provider changes its key.
 */
export function isWebhookGenuine(
  secret: string,
  message: {
    readonly body: string;
    readonly signature: string | undefined;
    readonly time: string | undefined;
  },
  nowMs: number,
): boolean {
  if (message.signature === undefined || message.time === undefined) return false;
  const sentMs = Date.parse(message.time);
  if (!(Math.abs(nowMs - sentMs) <= webhookAgeMsMax)) return false;
  const expected = Buffer.from(signWebhook(secret, message.body, message.time));
  return message.signature.split(',').some((given) => {
    const bytes = Buffer.from(given.trim());
    return bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
}
