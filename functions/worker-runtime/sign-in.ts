import { signInKeys } from '#adapters/accounts/keys.ts';
import { publishedKeys } from '#adapters/accounts/published-keys.ts';
import { makeSignIn, type SignIn } from '#adapters/accounts/verifier.ts';
import { createEdgeConfigStore, createS3Client } from '#adapters/s3/edge-config.ts';

interface SignInEnvironment {
  readonly SIGN_IN_ISSUER: string;
  readonly SIGN_IN_CLIENT_ID: string;
  readonly EDGE_CONFIG_BUCKET?: string | undefined;
}

/** On AWS the worker has no way to the internet: it reads the issuer's keys where the advancer publishes them. */
export function signInOf(environment: SignInEnvironment, nowMs: () => number): SignIn {
  const { SIGN_IN_ISSUER: issuer, SIGN_IN_CLIENT_ID: clientId, EDGE_CONFIG_BUCKET: bucket } = environment;
  if (bucket === undefined) return makeSignIn({ issuer, clientId, nowMs });
  const fetchKeys = publishedKeys(createEdgeConfigStore(createS3Client(), bucket));
  return makeSignIn({ issuer, clientId, nowMs, keys: signInKeys({ issuer, nowMs, fetchKeys }) });
}
