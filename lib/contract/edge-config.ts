import * as z from 'zod/mini';
import { eventIdPattern, lineModes } from './event-names.ts';

/** Key of the edge configuration in its bucket. */
export const edgeConfigKey = 'edge-config.json';
/** Stands in the address that the gate's bundle holds for the account, which is not known before the deployment. */
export const accountPlaceholder = '{account}';

/** Schemas here are zod/mini ones, for the size of the gate's bundle; they nest in zod's. */
const text = (max: number) => z.string().check(z.minLength(1), z.maxLength(max));

/** A P-256 public key. `d` would be the private half: a strict object refuses it. */
export const publicKeySchema = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string().check(z.length(43)),
  y: z.string().check(z.length(43)),
  kid: text(64),
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
  publishedAtMs: z.int().check(z.gte(0)),
  /** `iss` of every URR token. */
  issuer: text(200),
  keys: z.array(publicKeySchema).check(z.maxLength(8)),
  events: z.record(
    z.string().check(z.regex(eventIdPattern)),
    z.strictObject({
      generation: z.int().check(z.gte(1)),
      /** The waiting room is on: passes and entry tokens are needed. Off: everyone is let through. */
      gated: z.boolean(),
      mode: z.enum(lineModes),
    }),
  ),
  /** The OpenID provider whose access tokens say who is signed in. */
  signIn: z.optional(
    z.strictObject({
      issuer: z.url(),
      clientId: z.string().check(z.minLength(1)),
      keys: z.array(z.record(z.string(), z.unknown())).check(z.maxLength(8)),
    }),
  ),
});
export type EdgeConfig = z.infer<typeof edgeConfigSchema>;
