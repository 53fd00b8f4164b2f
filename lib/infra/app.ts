import { type App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type StackPart, stackName } from './names.ts';
import type { Settings } from './settings/schema.ts';
import { DeliveryStack } from './stacks/delivery-stack.ts';
import { EdgeObservabilityStack } from './stacks/edge-observability-stack.ts';
import { EdgeStack } from './stacks/edge-stack.ts';
import { IdentityStack } from './stacks/identity-stack.ts';
import { NetworkStack } from './stacks/network-stack.ts';
import { ObservabilityStack } from './stacks/observability-stack.ts';
import { QueueStack } from './stacks/queue-stack.ts';
import { SalesStack } from './stacks/sales-stack.ts';
import { StateStack } from './stacks/state-stack.ts';
import { WaitingRoomStack } from './stacks/waiting-room-stack.ts';

/** The only Region of Lambda@Edge, of CloudFront's firewall and of CloudFront's metrics. */
const edgeRegion = 'us-east-1';

/**
 * Adds all stacks of one environment. The account comes from the settings, or else from the deploying credentials; without
 * either (offline) the templates contain no account. Nothing is looked up.
 */
export function buildApp(app: App, settings: Settings, callersAccount: string | undefined): void {
  const account = settings.account ?? callersAccount;
  const place = (part: StackPart, region: string) => ({
    settings,
    stackName: stackName(settings, part),
    env: { region, ...(account === undefined ? {} : { account }) },
    terminationProtection: settings.deletionProtection,
    analyticsReporting: false,
  });
  const home = (part: StackPart) => place(part, settings.region);

  const state = new StateStack(app, 'State', home('state'));
  const identity = new IdentityStack(app, 'Identity', { ...home('identity'), state });
  const waitingRoom = new WaitingRoomStack(app, 'WaitingRoom', { ...home('waiting-room'), state, identity });
  const network = new NetworkStack(app, 'Network', home('network'));
  const queue = new QueueStack(app, 'Queue', { ...home('queue'), state, identity, network });
  const sales = new SalesStack(app, 'Sales', { ...home('sales'), state, identity, queue });
  const edge = new EdgeStack(app, 'Edge', { ...place('edge', edgeRegion), state });
  const delivery = new DeliveryStack(app, 'Delivery', {
    ...home('delivery'),
    state,
    waitingRoom,
    queue,
    edge,
  });
  new ObservabilityStack(app, 'Observability', {
    ...home('observability'),
    state,
    waitingRoom,
    queue,
    sales,
  });
  new EdgeObservabilityStack(app, 'EdgeObservability', {
    ...place('edge-observability', edgeRegion),
    delivery,
  });

  // Tags of a stack would reach the listener rules, whose update resets weights: docs/adr/0053.
  const onResources = { excludeResourceTypes: ['aws:cdk:stack'] };
  Tags.of(app).add('project', 'urr', onResources);
  Tags.of(app).add('environment', settings.environmentName, onResources);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
