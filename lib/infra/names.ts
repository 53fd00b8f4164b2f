import type { Settings } from './settings/schema.ts';

/** `iss` of URR's tokens: a token of dev opens nothing in prod, even if somebody copied the keys. */
export const tokenIssuer = (settings: Settings) => `urr-${settings.environmentName}`;

/** Physical name of the edge gate, fixed because its log groups in every Region are named after it. */
export const tokenGateName = (settings: Settings) => `urr-${settings.environmentName}-token-gate`;

export type StackPart =
  | 'state'
  | 'waiting-room'
  | 'edge'
  | 'delivery'
  | 'observability'
  | 'edge-observability';
export const stackName = (settings: Settings, part: StackPart) => `urr-${settings.environmentName}-${part}`;
