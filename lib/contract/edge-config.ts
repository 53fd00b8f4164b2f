import { z } from 'zod';
import { eventIdSchema, lineModeSchema } from './event.ts';

/** Key of the edge configuration in its bucket. */
export const edgeConfigKey = 'edge-config.json';

/** A P-256 public key. `d` would be the private half: a strict object refuses it. */
export const publicKeySchema = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string().length(43),
  y: z.string().length(43),
  kid: z.string().min(1).max(64),
  alg: z.literal('ES256'),
  use: z.literal('sig'),
});
export type PublicKey = z.infer<typeof publicKeySchema>;

/**
 * What the edge must know, published to S3 by the counter-advancer when it changes. Everything in it is public.
 * An event that is not listed is unknown to the gate and refused.
 */
export const edgeConfigSchema = z.strictObject({
  version: z.literal(1),
  publishedAtMs: z.int().min(0),
  /** `iss` of every URR token. */
  issuer: z.string().min(1).max(200),
  keys: z.array(publicKeySchema).max(8),
  events: z.record(
    eventIdSchema,
    z.strictObject({
      generation: z.int().min(1),
      /** The waiting room is on: passes and entry tokens are needed. Off: everyone is let through. */
      gated: z.boolean(),
      mode: lineModeSchema,
    }),
  ),
  /** The OpenID provider whose access tokens say who is signed in. */
  signIn: z
    .strictObject({
      issuer: z.url(),
      clientId: z.string().min(1),
      keys: z.array(z.record(z.string(), z.unknown())).max(8),
    })
    .optional(),
});
export type EdgeConfig = z.infer<typeof edgeConfigSchema>;
