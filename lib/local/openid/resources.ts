import { z } from 'zod';
import type { ResourceModule } from '../cloudformation/engine.ts';
import type { Registry } from '../registry.ts';
import { flag, noLocalEffect, numeric, propertiesOf } from '../resources/properties.ts';
import { startLocalIssuer } from './issuer.ts';

const poolSchema = z.strictObject({
  UserPoolName: z.string().optional(),
  Policies: z
    .strictObject({
      PasswordPolicy: z
        .strictObject({
          MinimumLength: numeric.default(8),
          RequireLowercase: flag.default(false),
          RequireUppercase: flag.default(false),
          RequireNumbers: flag.default(false),
          RequireSymbols: flag.default(false),
          TemporaryPasswordValidityDays: noLocalEffect,
        })
        .optional(),
    })
    .optional(),
  // An account is an e-mail address, case-insensitive, and is created by sign-up.
  UsernameAttributes: z.tuple([z.literal('email')]),
  UsernameConfiguration: z.strictObject({ CaseSensitive: z.literal(false) }),
  AdminCreateUserConfig: z.strictObject({ AllowAdminCreateUserOnly: z.literal(false) }),
  Schema: noLocalEffect,
  AccountRecoverySetting: noLocalEffect,
  AutoVerifiedAttributes: noLocalEffect,
  DeletionProtection: noLocalEffect,
  EmailConfiguration: noLocalEffect,
  EmailVerificationMessage: noLocalEffect,
  EmailVerificationSubject: noLocalEffect,
  EnabledMfas: noLocalEffect,
  MfaConfiguration: noLocalEffect,
  SmsVerificationMessage: noLocalEffect,
  UserAttributeUpdateSettings: noLocalEffect,
  UserPoolAddOns: noLocalEffect,
  UserPoolTags: noLocalEffect,
  UserPoolTier: noLocalEffect,
  VerificationMessageTemplate: noLocalEffect,
});

/** AWS::Cognito::UserPool: an OpenID provider on a port of its own, with the password policy of the template. */
export const userPool: ResourceModule = async (resource, registry) => {
  const { Policies } = propertiesOf(resource, poolSchema);
  const policy = Policies?.PasswordPolicy;
  const issuer = await startLocalIssuer({
    port: 0,
    ...(policy === undefined
      ? {}
      : {
          passwordPolicy: {
            lengthMin: policy.MinimumLength,
            needsLowercase: policy.RequireLowercase,
            needsUppercase: policy.RequireUppercase,
            needsDigit: policy.RequireNumbers,
            needsSymbol: policy.RequireSymbols,
          },
        }),
  });
  const id = `${resource.region}_${resource.generatedName(40).replaceAll(/[^A-Za-z0-9]/g, '')}`;
  registry.issuers.set(id, issuer);
  return {
    ref: id,
    attributes: {
      UserPoolId: id,
      Arn: `arn:aws:cognito-idp:${resource.region}:${resource.account}:userpool/${id}`,
      ProviderURL: issuer.issuer,
      ProviderName: issuer.issuer.replace('http://', ''),
    },
    stop: () => issuer.stop(),
  };
};

const clientSchema = z.strictObject({
  UserPoolId: z.string(),
  ClientName: z.string().optional(),
  CallbackURLs: z.array(z.url()).min(1),
  LogoutURLs: z.array(z.url()).default([]),
  AllowedOAuthFlows: z.tuple([z.literal('code')]),
  AllowedOAuthFlowsUserPoolClient: z.literal(true),
  AllowedOAuthScopes: z.array(z.enum(['openid', 'email'])),
  GenerateSecret: z.literal(false),
  EnableTokenRevocation: z.literal(true),
  RefreshTokenRotation: z.strictObject({
    Feature: z.literal('ENABLED'),
    RetryGracePeriodSeconds: z.literal(0),
  }),
  AccessTokenValidity: numeric,
  RefreshTokenValidity: numeric,
  IdTokenValidity: numeric.optional(),
  TokenValidityUnits: z.strictObject({
    AccessToken: z.literal('minutes'),
    IdToken: z.literal('minutes'),
    RefreshToken: z.literal('minutes'),
  }),
  ExplicitAuthFlows: noLocalEffect,
  PreventUserExistenceErrors: noLocalEffect,
  SupportedIdentityProviders: noLocalEffect,
});

/** AWS::Cognito::UserPoolClient: a public client of the pool's issuer. An error names an unsupported property. */
export const userPoolClient: ResourceModule = async (resource, registry) => {
  const properties = propertiesOf(resource, clientSchema);
  const clientId = resource.generatedName(60).toLowerCase();
  // The template contains the public address of the site, which is replaced by the address of this machine.
  const atHome = (url: string) => `${registry.settings.siteUrl}${new URL(url).pathname}`;
  await issuerOf(registry, properties.UserPoolId).addClient({
    clientId,
    redirectUris: properties.CallbackURLs.map(atHome),
    signOutUris: properties.LogoutURLs.map(atHome),
    accessTokenSeconds: properties.AccessTokenValidity * 60,
    refreshTokenSeconds: properties.RefreshTokenValidity * 60,
  });
  return { ref: clientId, attributes: { ClientId: clientId, Name: properties.ClientName ?? clientId } };
};

const groupSchema = z.strictObject({
  UserPoolId: z.string(),
  GroupName: z.string(),
  Description: noLocalEffect,
  Precedence: noLocalEffect,
  RoleArn: noLocalEffect,
});

/** AWS::Cognito::UserPoolGroup: a group that accounts of the issuer may be in. */
export const userPoolGroup: ResourceModule = (resource, registry) => {
  const { UserPoolId, GroupName } = propertiesOf(resource, groupSchema);
  issuerOf(registry, UserPoolId);
  return { ref: GroupName };
};

function issuerOf(registry: Registry, userPoolId: string) {
  const issuer = registry.issuers.get(userPoolId);
  if (issuer === undefined) throw new Error(`no user pool of the templates is ${userPoolId}`);
  return issuer;
}
