import type { KeySource } from '#adapters/access/key-source.ts';
import type { TokenSigner } from '#adapters/access/sign.ts';
import type { TokenVerifier } from '#adapters/access/verify.ts';
import type { SignIn } from '#core/access/verify-access.ts';
import type { JoinBudget } from '#core/line/join-budget.ts';
import type { CounterStore, PlaceStore } from '#core/line/ports.ts';
import type { ShardWalk } from '#core/line/shard-walk.ts';
import type { PipelineDeps } from '../shared/pipeline.ts';
import type { Telemetry } from '../shared/telemetry.ts';
import type { LineCache } from './line-cache.ts';

export interface VwrApiDeps {
  readonly lines: LineCache;
  readonly places: PlaceStore;
  readonly counters: Pick<CounterStore, 'allocate' | 'lastNumber' | 'allocateDoor' | 'addClaimed'>;
  readonly joinBudget: JoinBudget;
  readonly keys: KeySource;
  readonly signer: TokenSigner;
  readonly verifier: TokenVerifier;
  readonly signIn: SignIn;
  readonly walk: ShardWalk;
  readonly isOriginSecret: PipelineDeps['isOriginSecret'];
  /** Address of this site in browsers. */
  readonly siteUrl: string;
  readonly telemetry: Telemetry;
  readonly nowMs: () => number;
  readonly newRequestId: () => string;
  /** 32 random bytes, base64url. */
  readonly newVisitorId: () => string;
}
