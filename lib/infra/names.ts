import type { Settings } from './settings/schema.ts';

/** `iss` of URR's tokens: a token of dev opens nothing in prod, even if somebody copied the keys. */
export const tokenIssuer = (settings: Settings) => `urr-${settings.environmentName}`;

/** Where browsers see the site. The last is the local run's address: enough to synthesize and to try. */
export const siteUrl = ({ siteUrl, site }: Settings) =>
  siteUrl ?? (site === undefined ? 'http://localhost:8787' : `https://${site.domainName}`);

/**
 * Physical name of the bucket of the edge configuration: the gate on a viewer request knows it by nothing else, since no
 * origin tells it.
 */
export const edgeConfigBucketName = (settings: Settings, account: string) =>
  `urr-${settings.environmentName}-edge-config-${account}-${settings.region}`;

/** Physical name of the edge gate, fixed because its log groups in every Region are named after it. */
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
