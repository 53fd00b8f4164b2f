import type { Settings } from './settings/schema.ts';

/** `iss` of URR's tokens: prod refuses a token of dev, even with copied keys. */
export const tokenIssuer = (settings: Settings) => `urr-${settings.environmentName}`;

/** Address of the site in browsers. The last alternative is the local run's address, for synthesis and trials. */
export const siteUrl = ({ siteUrl, site }: Settings) =>
  siteUrl ?? (site === undefined ? 'http://localhost:8787' : `https://${site.domainName}`);

/**
 * Physical name of the bucket of the edge configuration. It is fixed, because the gate on a viewer request has no origin that
 * could pass it on.
 */
export const edgeConfigBucketName = (settings: Settings, account: string) =>
  `urr-${settings.environmentName}-edge-config-${account}-${settings.region}`;

/** Physical name of the edge gate. It is fixed, because its log groups in every Region have this name. */
export const tokenGateName = (settings: Settings) => `urr-${settings.environmentName}-token-gate`;

export type StackPart =
  | 'state'
  | 'identity'
  | 'network'
  | 'queue'
  | 'sales'
  | 'waiting-room'
  | 'edge'
  | 'delivery'
  | 'observability'
  | 'edge-observability';
export const stackName = (settings: Settings, part: StackPart) => `urr-${settings.environmentName}-${part}`;
