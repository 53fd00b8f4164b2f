import { createHash, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import Provider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { type Account, AccountBook, type PasswordPolicy, type SignUpRefusal } from './accounts.ts';
import { interactionPath, makeInteractions } from './interactions.ts';
import { errorPage, languageOf, pageSecurityPolicy, signOutPage } from './pages.ts';
import { IssuerStore } from './store.ts';

/**
 * An OpenID provider on this machine instead of a Cognito user pool: the same paths, access tokens of the same shape,
 * and refresh tokens that rotate. Accounts live in memory. No e-mail is sent, so addresses are not verified.
 */
export interface LocalIssuer {
  /** `iss` of its tokens, without a slash at the end. */
  readonly issuer: string;
  addClient(client: LocalClient): Promise<void>;
  /** Returns a SignUpRefusal if the account cannot be created. */
  addAccount(email: string, password: string, groups?: readonly string[]): Promise<Account | SignUpRefusal>;
  stop(): Promise<void>;
}

interface LocalClient {
  readonly clientId: string;
  readonly redirectUris: readonly string[];
  readonly signOutUris: readonly string[];
  /** Cognito's minimum is 300 s. @default the issuer's */
  readonly accessTokenSeconds?: number;
  /** @default the issuer's */
  readonly refreshTokenSeconds?: number;
}

type Lifetimes = Map<string, Pick<LocalClient, 'accessTokenSeconds' | 'refreshTokenSeconds'>>;

interface LocalIssuerOptions {
  /** 0 takes any free port. Always on the loopback address. */
  readonly port: number;
  readonly passwordPolicy?: PasswordPolicy;
  /** Cognito's minimum is 300 s. */
  readonly accessTokenSeconds?: number;
  readonly refreshTokenSeconds?: number;
}

const strongPassword: PasswordPolicy = {
  lengthMin: 12,
  needsLowercase: true,
  needsUppercase: true,
  needsDigit: true,
  needsSymbol: true,
};
/** The one API that access tokens are for. */
const resource = 'urn:urr:api';
const scopes = 'openid email';
/** As in Cognito: lifetimes of the form and of the session at the issuer. */
const formSeconds = 15 * 60;
const sessionSeconds = 60 * 60;

export async function startLocalIssuer(options: LocalIssuerOptions): Promise<LocalIssuer> {
  const policy = options.passwordPolicy ?? strongPassword;
  const accounts = new AccountBook(policy);
  const store = new IssuerStore();
  const clientOrigins = new Set<string>();
  const lifetimes: Lifetimes = new Map();
  const server = createServer();
  const port = await listen(server, options.port);
  // The site is at `localhost`, so for the browser issuer and site are two sites, as on AWS.
  const issuer = `http://127.0.0.1:${port}`;

  const provider = new Provider(issuer, configurationOf(options, accounts, store, clientOrigins, lifetimes));
  const interactions = makeInteractions(provider, accounts, policy.lengthMin, () => [...clientOrigins]);
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (request.url?.startsWith(interactionPath)) void interactions(request, response);
    else void answer(request, response);
  });

  return {
    issuer,
    addAccount: (email, password, groups) => accounts.signUp(email, password, groups),
    addClient: async ({ clientId, redirectUris, signOutUris, ...lifetime }) => {
      lifetimes.set(clientId, lifetime);
      for (const uri of [...redirectUris, ...signOutUris]) clientOrigins.add(new URL(uri).origin);
      await store.adapter('Client').upsert(
        clientId,
        {
          client_id: clientId,
          token_endpoint_auth_method: 'none',
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          redirect_uris: [...redirectUris],
          post_logout_redirect_uris: [...signOutUris],
        },
        Number.POSITIVE_INFINITY,
      );
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(address.port);
      else reject(new Error('the local issuer has no port'));
    });
  });
}

function configurationOf(
  options: LocalIssuerOptions,
  accounts: AccountBook,
  store: IssuerStore,
  clientOrigins: ReadonlySet<string>,
  lifetimes: Lifetimes,
): Configuration {
  const accessSeconds = (clientId: string) =>
    lifetimes.get(clientId)?.accessTokenSeconds ?? options.accessTokenSeconds ?? 300;
  const refreshSeconds = (clientId: string) =>
    lifetimes.get(clientId)?.refreshTokenSeconds ?? options.refreshTokenSeconds ?? 12 * 60 * 60;
  const setPage = (ctx: KoaContextWithOIDC, html: string) => {
    ctx.type = 'html';
    ctx.set('content-security-policy', pageSecurityPolicy([...clientOrigins]));
    ctx.body = html;
  };
  const languageAt = (ctx: KoaContextWithOIDC) => languageOf(ctx.get('accept-language'));
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });

  return {
    adapter: (kind) => store.adapter(kind),
    jwks: { keys: [{ ...key, kid: randomUUID(), use: 'sig', alg: 'RS256' }] },
    cookies: {
      keys: [randomBytes(32).toString('hex')],
      names: { session: 'issuer-session', interaction: 'issuer-form', resume: 'issuer-resume' },
    },
    // The paths of a user pool, so that code which uses them is tested here.
    routes: {
      jwks: '/.well-known/jwks.json',
      authorization: '/oauth2/authorize',
      token: '/oauth2/token',
      revocation: '/oauth2/revoke',
      userinfo: '/oauth2/userInfo',
      end_session: '/logout',
    },
    responseTypes: ['code'],
    scopes: ['openid', 'email'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    expiresWithSession: async () => false,
    interactions: { url: (_ctx, interaction) => `${interactionPath}${interaction.uid}` },
    findAccount: async (_ctx, sub) => {
      const account = accounts.find(sub);
      return (
        account && {
          accountId: sub,
          claims: async () => ({ sub, email: account.email, email_verified: true }),
        }
      );
    },
    // There is only one site, so sign-in needs no consent.
    loadExistingGrant: async (ctx) => {
      const { client, session, provider } = ctx.oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const known = session.grantIdFor(client.clientId);
      const found = known === undefined ? undefined : await provider.Grant.find(known);
      if (found !== undefined) return found;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(scopes);
      grant.addResourceScope(resource, scopes);
      await grant.save();
      return grant;
    },
    ttl: {
      AccessToken: (_ctx, _token, client) => accessSeconds(client.clientId),
      IdToken: (_ctx, _token, client) => accessSeconds(client.clientId),
      AuthorizationCode: 300,
      Interaction: formSeconds,
      Session: sessionSeconds,
      Grant: (ctx) => refreshSeconds(ctx.oidc.client?.clientId ?? ''),
      // A rotated refresh token expires at the same time as its predecessor.
      RefreshToken: (ctx, _token, client) =>
        ctx.oidc.entities.RotatedRefreshToken?.remainingTTL ?? refreshSeconds(client.clientId),
    },
    extraTokenClaims: (ctx, token) => {
      const account = 'accountId' in token ? accounts.find(String(token.accountId)) : undefined;
      return {
        token_use: 'access',
        username: account?.sub,
        origin_jti: signInOf(ctx),
        ...(account?.groups.length ? { 'cognito:groups': [...account.groups] } : {}),
      };
    },
    features: {
      devInteractions: { enabled: false },
      revocation: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
      },
      pushedAuthorizationRequests: { enabled: false },
      dPoP: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        // oidc-provider requires an audience in a JWT; Cognito's access tokens have none. `client_id` is the same in
        // both.
        getResourceServerInfo: (_ctx, _resource, client) => ({
          scope: scopes,
          audience: client.clientId,
          accessTokenFormat: 'jwt',
          accessTokenTTL: accessSeconds(client.clientId),
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => setPage(ctx, signOutPage(languageAt(ctx), form)),
        postLogoutSuccessSource: (ctx) => setPage(ctx, errorPage(languageAt(ctx), 'signed out')),
      },
    },
    renderError: (ctx, { error }) => setPage(ctx, errorPage(languageAt(ctx), error)),
  };
}

/**
 * Returns an id that all access tokens of one sign-in share, as `origin_jti` in a user pool. The nonce identifies the
 * sign-in, because a refresh keeps it.
 */
function signInOf({ oidc: { entities } }: KoaContextWithOIDC): string {
  const nonce = entities.AuthorizationCode?.nonce ?? entities.RefreshToken?.nonce ?? randomUUID();
  return createHash('sha256').update(nonce).digest('base64url');
}
