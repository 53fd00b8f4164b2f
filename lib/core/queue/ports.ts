import type { PassClaims } from '#contract/tokens.ts';
import type { Line } from '../line/ports.ts';
import type { Position } from '../line/position.ts';

/** Settings of one queue. Times in milliseconds. */
export interface QueuePolicy {
  /** A shopper who has not polled for this long is no longer inside. At least the lifetime of an entry token. */
  readonly activeTtlMs: number;
  /** A shopper whose page was closed is no longer inside after this time, unless the page opens again. */
  readonly awayMs: number;
  /** Longest visit, however often the shopper polls, so that places become free for others. */
  readonly stayMaxMs: number;
  /** An admission waits this long for its visitor and counts as inside meanwhile (E4). Shorter than activeTtlMs. */
  readonly claimTtlMs: number;
  readonly tickMs: number;
  /** Most admissions per tick. */
  readonly batchMax: number;
  /** Time after a due poll until the visitor is parked. */
  readonly pollGraceMs: number;
  /** Time after a due poll until the visitor loses the place. */
  readonly forgetMs: number;
  /** After a loss of data nobody is admitted for this time, while shoppers inside register again. */
  readonly coldWaitMs: number;
  /** The line's clock runs for this time after the last tick and then stops, because nobody can poll. */
  readonly tickGapMaxMs: number;
  /** A worker that has not ticked for this long, and did not drain, is lost. */
  readonly workerLostMs: number;
  /** Time in which the visitors of a lost worker reach another one; until then the line's clock stops. */
  readonly workerOutMs: number;
}

/** Limit of shoppers inside, from the event. lua/queue/admit.lua decides which of several limits is the newest. */
export interface QueueLimit {
  /** Most shoppers inside now: 0 while nobody may be admitted. */
  readonly value: number;
  /** Most shoppers inside without a pause: a pause sends nobody away. */
  readonly unpausedValue: number;
  /** The event's revision. */
  readonly version: number;
  /** Redis's clock in a reply that came before the event was read; undefined: the event was read just now. */
  readonly readAfterMs?: number;
  /** The event was read again consistently. */
  readonly isConsistentRead?: boolean;
}

/** One request of one account. `user` is the subject of the verified sign-in, never a value of the request's body. */
export interface Visit {
  /** `u.` + subject. */
  readonly user: string;
  /** From the verified pass; absent: the event has no tier 1. */
  readonly pass?: { readonly requestId: string; readonly position: Position } | undefined;
  /** From a verified entry token. */
  readonly admissionId?: string | undefined;
}

/** The accounts that own passes. */
export interface PassOwners {
  /**
   * Makes an account (`u.` + subject) the owner of a pass that has none. One conditional write decides, so one of several
   * parallel calls wins, and repeats by the owner change nothing.
   *
   * @returns whether the account owns the pass
   * @throws UrrError UNAVAILABLE
   */
  own(pass: Pick<PassClaims, 'aud' | 'gen' | 'jti'>, user: string, nowMs: number): Promise<boolean>;
}

export type Standing =
  | { readonly kind: 'absent' }
  /** `rank` counts the people ahead. */
  | { readonly kind: 'waiting'; readonly rank: number }
  | { readonly kind: 'inside'; readonly admissionId: string; readonly expiresAtMs: number };

/** Pace of the front of the line: a guess at first, then measured; the newest minutes count most (lua/queue/admit.lua). */
export interface Pace {
  /** Visitors who left the front: admitted or parked. */
  readonly moved: number;
  /** Time in which they did, counted while people waited and the limit was above 0. */
  readonly windowMs: number;
  /** Time of the measurement by Redis's clock; 0: never measured. */
  readonly atMs: number;
}

export interface QueueTotals {
  /** Redis's clock. */
  readonly nowMs: number;
  /** Shoppers inside, including admitted visitors who have not polled since. */
  readonly inside: number;
  /** Null: no tick has set it yet. */
  readonly limit: number | null;
  readonly waiting: number;
  readonly pace: Pace;
}

export interface QueueReply {
  readonly standing: Standing;
  readonly totals: QueueTotals;
}

export interface Admission {
  readonly user: string;
  readonly admissionId: string;
}

export interface TickReply {
  /** `already-ran`: this tick has already run; `cold`: shoppers inside are registering again, and nobody is admitted. */
  readonly kind: 'already-ran' | 'ticked' | 'cold';
  readonly totals: Omit<QueueTotals, 'pace'>;
  readonly admitted: readonly Admission[];
  readonly passedOver: number;
  readonly expired: number;
  readonly warmAtMs: number;
  /** Name of this line on this server; a loss of data makes a new one. */
  readonly marker: string;
  /** Passes used in this line: people who came. Starts again at 0 after a loss of data. */
  readonly arrived: number;
}

interface ThresholdReply {
  /** A newer limit is stored. */
  readonly isSuperseded: boolean;
  readonly totals: Omit<QueueTotals, 'pace'>;
}

/** One step of the outbox relay. */
export interface OutboxStep {
  readonly isMine: boolean;
  readonly left: number;
  readonly entries: readonly OutboxEntry[];
}
export interface OutboxEntry {
  readonly id: string;
  /** Null: unreadable. */
  readonly admissions: readonly Admission[] | null;
}

/** `enter` joins if there is no place; `heartbeat` only returns the standing. */
export type PollKind = 'enter' | 'heartbeat';

/**
 * An event's queue. Every call is one atomic step and throws UrrError UNAVAILABLE (with Retry-After) when Redis does not
 * respond in time. Then the step may have happened, and a repeat is safe.
 */
export interface Queue {
  /**
   * `enter` or `heartbeat` without a promise, for tens of thousands of calls per second: calls `onAnswer` or `onRefusal` once.
   */
  poll(
    kind: PollKind,
    line: Line,
    visit: Visit,
    onAnswer: (reply: QueueReply) => void,
    onRefusal: (error: unknown) => void,
  ): void;
  /** Joins if the visitor has no place, and returns the standing. */
  enter(line: Line, visit: Visit): Promise<QueueReply>;
  /** Returns the standing; counts as a heartbeat. */
  heartbeat(line: Line, visit: Visit): Promise<QueueReply>;
  /** The shopper's page was closed: the visit ends soon, unless the shopper polls again or holds seats. */
  away(line: Line, user: string): Promise<'not-inside' | 'shortened' | 'holds-seats'>;
  leave(line: Line, user: string): Promise<'nowhere' | 'line' | 'inside'>;
  /** @param limit undefined: this worker has not read the event yet */
  tick(line: Line, limit: QueueLimit | undefined, knownNewMarker?: string): Promise<TickReply>;
  /** Declares that this worker ticks no more, so that it does not count as lost. */
  drainWorker(line: Line): Promise<void>;
  setThreshold(line: Line, limit: QueueLimit): Promise<ThresholdReply>;
  readThreshold(line: Line): Promise<ThresholdReply>;
  /** Removes visitors who have not polled for `forgetMs`. Returns how many were checked and removed. */
  sweep(line: Line, countMax: number): Promise<{ readonly checked: number; readonly forgotten: number }>;
  relay(
    line: Line,
    relay: string,
    done: { readonly delivered: readonly string[]; readonly bad: readonly string[] },
    options: { readonly countMax: number; readonly leaseMs: number },
  ): Promise<OutboxStep>;
}
