import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { WorkerNetwork } from '../constructs/worker-network.ts';
import type { Settings } from '../settings/schema.ts';

export interface NetworkStackProps extends StackProps {
  readonly settings: Settings;
}

/** The private network of the container workers and of Redis. */
export class NetworkStack extends Stack {
  readonly network: WorkerNetwork;
  readonly #zones: string[];

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    super(scope, id, props);
    this.#zones = [...props.settings.network.zones];
    this.network = new WorkerNetwork(this, 'Workers', { settings: props.settings });
  }

  /** Zones from the settings: a lookup would need an account. */
  override get availabilityZones(): string[] {
    return this.#zones;
  }
}
