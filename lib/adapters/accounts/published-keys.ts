import { UrrError } from '#core/errors.ts';
import type { EdgeConfigStore } from '../s3/edge-config.ts';
import { type SignInKey, signInKeySchema } from './keys.ts';

/**
 * The issuer's keys out of the edge configuration, for whoever has no way to the issuer itself: a drop-in for
 * `fetchSignInKeys`.
 * @throws UrrError UNAVAILABLE while nothing is published for this issuer.
 */
export function publishedKeys(store: Pick<EdgeConfigStore, 'get'>): (issuer: string) => Promise<SignInKey[]> {
  return async (issuer) => {
    const signIn = (await store.get())?.signIn;
    const keys = (signIn?.issuer === issuer ? signIn.keys : []).flatMap((candidate) => {
      const key = signInKeySchema.safeParse(candidate);
      return key.success ? [key.data] : [];
    });
    if (keys.length === 0)
      throw new UrrError('UNAVAILABLE', 'the sign-in keys are not published yet', { retryAfterSeconds: 5 });
    return keys;
  };
}
