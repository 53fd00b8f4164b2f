import * as oidc from 'openid-client';
import { authPaths } from '#contract/accounts.ts';
import type { OpenIdProvider, ProviderAnswer } from '#core/accounts/ports.ts';
import { UrrError } from '#core/errors.ts';

interface OpenIdOptions {
  readonly issuer: string;
  /** A public client. PKCE ties the code to this sign-in, and refresh tokens leave the Lambda only sealed. */
  readonly clientId: string;
  /** For example `https://tickets.example`, without a slash at the end. */
  readonly siteUrl: string;
  /** Time-out of one request to the provider, in seconds. @default 5 */
  readonly timeoutSeconds?: number;
}

const scope = 'openid email';

/** Errors of the library about an untrusted response: a wrong state, nonce, issuer or signature. */
const untrusted: ReadonlySet<string | undefined> = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_KEY_SELECTION_FAILED',
  'OAUTH_UNSUPPORTED_OPERATION',
]);

/** Cognito, or any provider with OpenID Connect discovery, by authorization code with PKCE. */
export function makeOpenIdProvider(options: OpenIdOptions): OpenIdProvider {
  const { clientId, siteUrl } = options;
  const redirectUri = `${siteUrl}${authPaths.callback}`;
  let discovered: Promise<oidc.Configuration> | undefined;
  const configuration = () => {
    discovered ??= discover(options).catch((error: unknown) => {
      discovered = undefined;
      throw error;
    });
    return discovered;
  };

  return {
    async begin(language) {
      const config = await attempt(configuration);
      const secrets = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        codeVerifier: oidc.randomPKCECodeVerifier(),
      };
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope,
        state: secrets.state,
        nonce: secrets.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(secrets.codeVerifier),
        code_challenge_method: 'S256',
        // `lang` is Cognito's name of the parameter.
        ...(language === undefined ? {} : { ui_locales: language, lang: language }),
      });
      return { url: url.href, secrets };
    },

    finish: (callbackQuery, { state, nonce, codeVerifier }) =>
      attemptTokens(async () => {
        const callback = new URL(redirectUri);
        callback.search = callbackQuery;
        const answer = await oidc.authorizationCodeGrant(await configuration(), callback, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: codeVerifier,
          idTokenExpected: true,
        });
        return answer;
      }),

    refresh: (refreshToken) =>
      attemptTokens(async () => oidc.refreshTokenGrant(await configuration(), refreshToken)),

    async revoke(refreshToken) {
      try {
        await oidc.tokenRevocation(await configuration(), refreshToken, { token_type_hint: 'refresh_token' });
      } catch {
        // The session is already deleted and this token was never outside the Lambda, so it is useless.
      }
    },

    async signOutUrl() {
      const config = await attempt(configuration);
      const endpoint = config.serverMetadata().end_session_endpoint;
      if (endpoint === undefined) return '/';
      const url = new URL(endpoint);
      const home = `${siteUrl}/`;
      url.searchParams.set('client_id', clientId);
      url.searchParams.set('post_logout_redirect_uri', home);
      // Cognito's name of the parameter.
      url.searchParams.set('logout_uri', home);
      return url.href;
    },
  };
}

function discover({ issuer, clientId, timeoutSeconds }: OpenIdOptions): Promise<oidc.Configuration> {
  const url = new URL(issuer);
  const isLoopback = url.protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(url.hostname);
  return oidc.discovery(url, clientId, undefined, oidc.None(), {
    timeout: timeoutSeconds ?? 5,
    // The id token's signature is checked although it came over TLS. The check costs one cached key.
    execute: isLoopback
      ? [oidc.enableNonRepudiationChecks, oidc.allowInsecureRequests]
      : [oidc.enableNonRepudiationChecks],
  });
}

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new UrrError('UNAVAILABLE', 'the sign-in provider does not respond; please try again', {
      cause,
      retryAfterSeconds: 5,
    });
  }
}

type Answer = Awaited<ReturnType<typeof oidc.refreshTokenGrant>>;

async function attemptTokens(work: () => Promise<Answer>): Promise<ProviderAnswer> {
  try {
    const answer = await work();
    const email = answer.claims()?.email;
    return {
      kind: 'tokens',
      tokens: {
        accessToken: answer.access_token,
        refreshToken: answer.refresh_token,
        email: typeof email === 'string' ? email : undefined,
        expiresInSeconds: answer.expires_in ?? 300,
      },
    };
  } catch (cause) {
    if (isRefusal(cause)) return { kind: 'refused' };
    throw new UrrError('UNAVAILABLE', 'the sign-in provider does not respond; please try again', {
      cause,
      retryAfterSeconds: 5,
    });
  }
}

function isRefusal(error: unknown): boolean {
  if (error instanceof oidc.AuthorizationResponseError) return true;
  if (error instanceof oidc.ResponseBodyError) return error.error === 'invalid_grant';
  return error instanceof oidc.ClientError && untrusted.has(error.code);
}
