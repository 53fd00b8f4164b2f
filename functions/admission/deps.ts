import type { KeySource } from '#adapters/access/key-source.ts';
import type { TokenSigner } from '#adapters/access/sign.ts';
import type { TokenVerifier } from '#adapters/access/verify.ts';
import type { SignedInUser } from '#contract/accounts.ts';
import type { AdmissionEvent } from '#contract/admission-event.ts';
import type { EventStore } from '#core/events/ports.ts';
import type { PublishedCapacity } from '#core/line/observed-queue.ts';
import type { Line } from '#core/line/ports.ts';
import type { PassOwners, Queue } from '#core/queue/ports.ts';
import type { Telemetry } from '../shared/telemetry.ts';
import type { RecentlyEnded } from '../worker-runtime/ended-sessions.ts';

/** Who is signed in, by the access token. */
export interface SignIn {
  userOf(accessToken: string | undefined): Promise<SignedInUser | undefined>;
}

/** Tells tier 1 what tier 2 can take. */
export interface CapacityStore {
  /** Says for the first time that this line exists; false: that was said before. */
  announce(line: Line, nowMs: number): Promise<boolean>;
  publish(line: Line, capacity: PublishedCapacity): Promise<void>;
}

/** What became of messages that were handed to the queue. */
export interface Delivery {
  /** Accepted, or accepted before. */
  readonly accepted: ReadonlySet<string>;
  /** Refused for what they are: a repeat is useless. */
  readonly refused: ReadonlySet<string>;
}

export interface AdmissionPublisher {
  /** At most 10; answers by admission id. Never throws: what is in neither set may be tried again. */
  publish(events: readonly AdmissionEvent[]): Promise<Delivery>;
}

/** Seconds to wait before the next request; 0: go on. */
export interface RouteLimiter {
  take(user: string, address: string): number;
}

export interface AdmissionDeps {
  readonly events: Pick<EventStore, 'get' | 'listLive' | 'update'>;
  readonly queue: Queue;
  readonly capacity: CapacityStore;
  readonly publisher: AdmissionPublisher;
  readonly keys: Pick<KeySource, 'get'>;
  readonly signer: Pick<TokenSigner, 'entry' | 'pass'>;
  readonly verifier: Pick<TokenVerifier, 'pass' | 'entry'>;
  readonly signIn: SignIn;
  readonly passOwners: PassOwners;
  readonly recentlyEnded: Pick<RecentlyEnded, 'has' | 'refresh'>;
  readonly limiter: RouteLimiter;
  readonly telemetry: Telemetry;
  readonly nowMs: () => number;
  /** Name of this worker, unique among all. */
  readonly workerId: string;
  readonly forwardedHops: number;
  /** Where browsers see this site. */
  readonly siteUrl: string;
  readonly tickMs: number;
  /** Events ticked at the same time. */
  readonly ticksAtOnce: number;
}
