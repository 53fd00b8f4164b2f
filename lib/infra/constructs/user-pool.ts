import { Aws, Duration, SecretValue } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnManagedLoginBranding,
  FeaturePlan,
  type IUserPoolIdentityProvider,
  ManagedLoginVersion,
  Mfa,
  OAuthScope,
  ProviderAttribute,
  StandardThreatProtectionMode,
  UserPool,
  UserPoolClient,
  UserPoolClientIdentityProvider,
  UserPoolEmail,
  UserPoolIdentityProviderGoogle,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { adminGroup, authPaths } from '#contract/accounts.ts';
import { acknowledge } from '../nag.ts';
import { siteUrl } from '../names.ts';
import { removalPolicy } from '../removal.ts';
import type { Settings } from '../settings/schema.ts';
import { UserPoolFirewall } from './user-pool-firewall.ts';

export interface BuyersProps {
  readonly settings: Settings;
}

/**
 * The user pool: sign-in with e-mail and password, and with Google if it is set, at Cognito's managed login. The site is a
 * public client with PKCE: see docs/adr/0040.
 */
export class Buyers extends Construct {
  /** `iss` of the tokens, and the address of discovery and keys. */
  readonly issuer: string;
  readonly clientId: string;

  constructor(scope: Construct, id: string, props: BuyersProps) {
    super(scope, id);
    const { settings } = props;
    const pool = this.pool(settings);
    new UserPoolFirewall(this, 'Firewall', { settings, userPoolArn: pool.userPoolArn });
    const google = this.google(pool, settings);
    const client = this.client(pool, settings, google);
    pool.addGroup('Admins', { groupName: adminGroup, description: 'May operate the line' });
    this.issuer = pool.userPoolProviderUrl;
    this.clientId = client.userPoolClientId;
  }

  private pool(settings: Settings): UserPool {
    const { threatProtection, emailFrom } = settings.signIn;
    const pool = new UserPool(this, 'Pool', {
      userPoolName: `urr-${settings.environmentName}`,
      selfSignUpEnabled: true,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      // An address changes only after the new one has been verified.
      keepOriginal: { email: true },
      standardAttributes: { email: { required: true, mutable: true } },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(1),
      },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      featurePlan: threatProtection ? FeaturePlan.PLUS : FeaturePlan.ESSENTIALS,
      ...(threatProtection
        ? { standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION }
        : {}),
      ...(emailFrom === undefined
        ? {}
        : { email: UserPoolEmail.withSES({ fromEmail: emailFrom, sesRegion: settings.region }) }),
      deletionProtection: settings.deletionProtection,
      removalPolicy: removalPolicy(settings),
    });
    acknowledge(pool, {
      'AwsSolutions-COG2':
        'An authenticator is optional for buyers: a code at the opening of a sale would keep people out. Administrators should add one (runbook).',
      ...(threatProtection
        ? {}
        : {
            'AwsSolutions-COG8':
              'The Plus plan is a setting (signIn.threatProtection), on in prod; it is billed per user.',
          }),
    });
    pool.addDomain('Domain', {
      // Unique in the Region over all accounts.
      cognitoDomain: { domainPrefix: `urr-${settings.environmentName}-${Aws.ACCOUNT_ID}` },
      managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN,
    });
    return pool;
  }

  private google(pool: UserPool, { signIn }: Settings): IUserPoolIdentityProvider | undefined {
    if (signIn.google === undefined) return undefined;
    return new UserPoolIdentityProviderGoogle(this, 'Google', {
      userPool: pool,
      clientId: signIn.google.clientId,
      clientSecretValue: SecretValue.secretsManager(signIn.google.clientSecretArn),
      scopes: ['openid', 'email'],
      attributeMapping: { email: ProviderAttribute.GOOGLE_EMAIL },
    });
  }

  private client(
    pool: UserPool,
    settings: Settings,
    google: IUserPoolIdentityProvider | undefined,
  ): UserPoolClient {
    const home = siteUrl(settings);
    const client = new UserPoolClient(this, 'Site', {
      userPool: pool,
      generateSecret: false,
      // Visitors sign in only at the managed login. The API of the pool requires one flow, and an empty list would mean SRP: this
      // flow grants no access, because the pool has no trigger for it.
      authFlows: { custom: true },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.EMAIL],
        callbackUrls: [`${home}${authPaths.callback}`],
        logoutUrls: [`${home}/`],
      },
      supportedIdentityProviders: [
        UserPoolClientIdentityProvider.COGNITO,
        ...(google === undefined ? [] : [UserPoolClientIdentityProvider.GOOGLE]),
      ],
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      // Five minutes is Cognito's minimum: an access token is valid at most that long after a sign-out.
      accessTokenValidity: Duration.minutes(5),
      idTokenValidity: Duration.minutes(5),
      refreshTokenValidity: Duration.hours(settings.signIn.sessionHours),
      // A refresh token works once at Cognito too; URR's session handles the overlap of two tabs.
      refreshTokenRotationGracePeriod: Duration.seconds(0),
    });
    if (google !== undefined) client.node.addDependency(google);
    // The managed login shows no page for a client without a style.
    new CfnManagedLoginBranding(this, 'Branding', {
      userPoolId: pool.userPoolId,
      clientId: client.userPoolClientId,
      useCognitoProvidedValues: true,
    });
    return client;
  }
}
