import { z } from 'zod';

/** Headers of a webhook: `v1:` + base64 of HMAC-SHA-256 over `<body>:<time>`; commas separate several signatures. */
export const webhookHeaders = {
  signature: 'tosspayments-webhook-signature',
  time: 'tosspayments-webhook-transmission-time',
} as const;

export const webhookSchema = z.object({
  eventType: z.literal('PAYMENT_STATUS_CHANGED'),
  data: z.object({ orderId: z.string().regex(/^[A-Za-z0-9_-]{6,64}$/) }),
});
