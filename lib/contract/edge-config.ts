import * as z from 'zod/mini';
import { eventIdPattern, lineModes } from './event-names.ts';

/** Key of the edge configuration in its bucket. */
export const edgeConfigKey = 'edge-config.json';
/** Placeholder for the account in the address in the gate's bundle: the account is unknown before the deployment. */
export const accountPlaceholder = '{account}';

/** These schemas use zod/mini, for the size of the gate's bundle. They nest in zod's. */
const text = (max: number) => z.string().check(z.minLength(1), z.maxLength(max));

/** A P-256 public key. The strict object refuses `d`, the private part. */
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
 * The edge's configuration. The counter-advancer publishes it to S3 when it changes. Everything in it is public. The gate
 * refuses an event that is not listed.
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
      /** True: the waiting room is on, and passes and entry tokens are required. False: every request passes. */
      gated: z.boolean(),
      mode: z.enum(lineModes),
    }),
  ),
  /** The OpenID provider whose access tokens identify signed-in users. */
  signIn: z.optional(
    z.strictObject({
      issuer: z.url(),
      clientId: z.string().check(z.minLength(1)),
      keys: z.array(z.record(z.string(), z.unknown())).check(z.maxLength(8)),
    }),
  ),
});
export type EdgeConfig = z.infer<typeof edgeConfigSchema>;
