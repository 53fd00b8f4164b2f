import type { KeySource } from '#adapters/access/key-source.ts';
import type { TokenSigner } from '#adapters/access/sign.ts';
import type { AdmissionEvent } from '#contract/admission-event.ts';
import type { EventStore } from '#core/events/ports.ts';
import type { PublishedCapacity } from '#core/line/observed-queue.ts';
import type { Line } from '#core/line/ports.ts';
import type { Queue } from '#core/queue/ports.ts';
import type { Telemetry } from '../shared/telemetry.ts';
import type { VisitorDeps } from '../worker-runtime/visitor.ts';

/** Publishes the capacity of the queue (tier 2) for the line (tier 1). */
interface CapacityStore {
  /** Stores the marker that this line exists; false: the marker was already stored. */
  announce(line: Line, nowMs: number): Promise<boolean>;
  publish(line: Line, capacity: PublishedCapacity): Promise<void>;
}

/** The result of sending messages to SQS. */
export interface Delivery {
  /** Accepted, or accepted before. */
  readonly accepted: ReadonlySet<string>;
  /** Refused for their content: a repeat cannot succeed. */
  readonly refused: ReadonlySet<string>;
}

interface AdmissionPublisher {
  /** Sends at most 10 events and returns admission ids. Never throws: ids in neither set may be sent again. */
  publish(events: readonly AdmissionEvent[]): Promise<Delivery>;
}

/** Returns the seconds until the next request is allowed; 0: allowed now. */
interface RouteLimiter {
  take(user: string, address: string): number;
}

export interface AdmissionDeps extends VisitorDeps {
  readonly events: Pick<EventStore, 'get' | 'listLive' | 'update'>;
  readonly queue: Queue;
  readonly capacity: CapacityStore;
  readonly publisher: AdmissionPublisher;
  readonly keys: Pick<KeySource, 'get'>;
  readonly signer: Pick<TokenSigner, 'entry' | 'pass'>;
  readonly limiter: RouteLimiter;
  readonly telemetry: Telemetry;
  /** Unique name of this worker. */
  readonly workerId: string;
  readonly forwardedHops: number;
  /** Address of this site in browsers. */
  readonly siteUrl: string;
  readonly tickMs: number;
  /** Most events ticked in parallel. */
  readonly ticksAtOnce: number;
}
