import type { PublicKeySource } from '#adapters/access/key-source.ts';
import type { EdgeConfigStore } from '#adapters/s3/edge-config.ts';
import type { EdgeConfig } from '#contract/edge-config.ts';
import type { EventStore, LastGoodKeeper } from '#core/events/ports.ts';
import type { CounterStore } from '#core/line/ports.ts';
import type { Telemetry } from '../shared/telemetry.ts';

export interface AdvancerDeps {
  readonly events: Pick<EventStore, 'listLive'>;
  readonly lastGood: LastGoodKeeper;
  readonly counters: Omit<CounterStore, 'allocate' | 'addClaimed'>;
  readonly edgeConfig: EdgeConfigStore;
  readonly keys: PublicKeySource;
  readonly issuer: string;
  /** Returns the OpenID provider's keys for the edge. Throws UNAVAILABLE until the provider has responded once. */
  readonly signIn: () => Promise<NonNullable<EdgeConfig['signIn']>>;
  readonly cycleMs: number;
  readonly telemetry: Telemetry;
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}
