import { Stack, type StackProps } from 'aws-cdk-lib';
import { Cluster, ContainerInsights, type ICluster } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { Admission } from '../constructs/admission.ts';
import { Redis } from '../constructs/redis.ts';
import { WorkerEntrance } from '../constructs/worker-entrance.ts';
import type { WorkerSurroundings } from '../constructs/worker-service.ts';
import type { Settings } from '../settings/schema.ts';
import type { IdentityStack } from './identity-stack.ts';
import type { NetworkStack } from './network-stack.ts';
import type { StateStack } from './state-stack.ts';

export interface QueueStackProps extends StackProps {
  readonly settings: Settings;
  readonly state: StateStack;
  readonly identity: IdentityStack;
  readonly network: NetworkStack;
}

/** The queue (tier 2): Redis, the workers' cluster and entrance, and the admission worker. The sale uses all but the last. */
export class QueueStack extends Stack {
  readonly surroundings: WorkerSurroundings;
  readonly admission: Admission;

  constructor(scope: Construct, id: string, props: QueueStackProps) {
    super(scope, id, props);
    const { settings, state, identity } = props;
    const { network } = props.network;
    const { alarmTopic, tables, signingKeys } = state;
    const cluster = new Cluster(this, 'Cluster', {
      vpc: network.vpc,
      clusterName: `urr-${settings.environmentName}`,
      containerInsightsV2: ContainerInsights.ENABLED,
      enableFargateCapacityProviders: false,
    });
    this.surroundings = {
      settings,
      network,
      // The library's class and its interface differ in optional properties.
      cluster: cluster as ICluster,
      redis: new Redis(this, 'Redis', { settings, network, alarmTopic }),
      entrance: new WorkerEntrance(this, 'Entrance', { settings, network }),
      alarmTopic,
    };
    this.admission = new Admission(this, 'Admission', {
      ...this.surroundings,
      tables,
      stats: tables.stats,
      signingKeys,
      buyers: identity.buyers,
      sessions: identity.auth.sessions,
      edgeConfigBucket: state.edgeConfigBucket,
    });
  }
}
