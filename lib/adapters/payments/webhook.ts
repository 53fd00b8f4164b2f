import { createHmac, timingSafeEqual } from 'node:crypto';

/** An older webhook is a replay by a third party: the provider signs each of its own retries again. */
const webhookAgeMsMax = 5 * 60_000;

export const signWebhook = (secret: string, body: string, time: string): string =>
  `v1:${createHmac('sha256', secret).update(`${body}:${time}`).digest('base64')}`;

/**
 * A webhook is a hint that something changed: its content is not used, the provider is queried instead. The signature keeps
 * third parties from causing queries: HMAC-SHA-256 over `<body>:<transmission time>`, in a header that contains several
 * (`v1:` + base64, separated by commas) while the provider changes its key.
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
