import type { PassClaims } from '#contract/tokens.ts';
import type { Line } from '../line/ports.ts';
import type { Position } from '../line/position.ts';

/** Settings of one queue. Times in milliseconds. */
export interface QueuePolicy {
  /** A shopper who gives no sign of life for this long is no longer inside. At least an entry token's life. */
  readonly activeTtlMs: number;
  /** A shopper whose page was closed is no longer inside after this, unless it opens again. */
  readonly awayMs: number;
  /** Longest visit, however lively: places must come round. */
  readonly stayMaxMs: number;
  /** An admission waits this long for its visitor, and counts as inside meanwhile (E4). Shorter than activeTtlMs. */
  readonly claimTtlMs: number;
  readonly tickMs: number;
  /** Most admissions a tick. */
  readonly batchMax: number;
  /** Beyond the poll that is due, before someone is passed over. */
  readonly silentGraceMs: number;
  /** Beyond the poll that is due, before someone loses the place. */
  readonly forgetMs: number;
  /** After a loss of data nobody is admitted for this long, while shoppers inside register again. */
  readonly coldWaitMs: number;
  /** The line's clock goes on for this long after the last tick, and then stands: nobody can be heard. */
  readonly heardGapMs: number;
  /** A worker that has not ticked for this long, and said no goodbye, is lost. */
  readonly workerLostMs: number;
  /** After a worker is lost, its visitors have reached another one within this time; until then the clock stands. */
  readonly workerOutMs: number;
}

/** How many may be inside, as an event says; lua/queue/admit.lua decides which of several is the newest. */
export interface QueueLimit {
  /** Most shoppers inside now: 0 while nobody is called. */
  readonly value: number;
  /** Most shoppers inside while nothing holds the line back: a pause sends nobody away. */
  readonly most: number;
  /** The event's revision. */
  readonly version: number;
  /** Redis's clock in an answer that came before the event was read; undefined: it was read just now. */
  readonly lookMs?: number;
  /** The event was read again, up to the last write. */
  readonly isLastWrite?: boolean;
}

/** One question of one account; `user` is the subject of the verified sign-in, never a value of the request's body. */
export interface Visit {
  /** `u.` + subject. */
  readonly user: string;
  /** From the verified pass; absent where the event has no first line. */
  readonly pass?: { readonly requestId: string; readonly position: Position } | undefined;
  /** From a verified entry token. */
  readonly admissionId?: string | undefined;
}

/** Which account a pass belongs to. */
export interface PassOwners {
  /**
   * Makes an account (`u.` + subject) the owner of a pass that has none. One conditional write decides, so parallel calls
   * have one winner, and repeats by the owner change nothing. @throws UrrError UNAVAILABLE
   * @returns whether the account owns it
   */
  own(pass: Pick<PassClaims, 'aud' | 'gen' | 'jti'>, user: string, nowMs: number): Promise<boolean>;
}

export type Standing =
  | { readonly kind: 'absent' }
  /** `rank` counts the people ahead. */
  | { readonly kind: 'waiting'; readonly rank: number }
  | { readonly kind: 'inside'; readonly admissionId: string; readonly expiresAtMs: number };

/** How fast the front of the line moves: by a guess at first, then as it moved, the newest minutes most (lua/queue/admit.lua). */
export interface Pace {
  /** Left the front: admitted or passed over. */
  readonly moved: number;
  /** In this time, in which people waited and the limit was above 0. */
  readonly windowMs: number;
  /** When it was measured, by Redis's clock; 0: never. */
  readonly atMs: number;
}

export interface QueueTotals {
  /** Redis's clock. */
  readonly nowMs: number;
  /** Shoppers inside, the called who have not come yet included. */
  readonly inside: number;
  /** Null: no tick has brought it yet. */
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
  /** `had`: this tick was done by someone else; `cold`: shoppers inside are registering again, nobody is admitted. */
  readonly kind: 'had' | 'ticked' | 'cold';
  readonly totals: Omit<QueueTotals, 'pace'>;
  readonly admitted: readonly Admission[];
  readonly passedOver: number;
  readonly expired: number;
  readonly warmAtMs: number;
  /** Names this line on this server; a new one after a loss of data. */
  readonly marker: string;
  /** Passes used in this line: people who came. A server that lost its data counts from 0 again. */
  readonly arrived: number;
}

export interface ThresholdReply {
  /** A newer one was set meanwhile. */
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
  /** Null: not readable. */
  readonly admissions: readonly Admission[] | null;
}

/** `enter` joins, or answers; `ask` answers. */
export type Question = 'enter' | 'ask';

/**
 * An event's queue. Every call is one atomic step. @throws UrrError UNAVAILABLE (with Retry-After) when Redis does not
 * answer in time; then it is not known whether the step was done, and a repeat is safe.
 */
export interface Queue {
  /**
   * `enter` or `ask`, for the crowd: calls `onAnswer` or `onRefusal`, once. Without a promise, for it is made tens of thousands
   * of times a second.
   */
  poll(
    question: Question,
    line: Line,
    visit: Visit,
    onAnswer: (reply: QueueReply) => void,
    onRefusal: (error: unknown) => void,
  ): void;
  /** Joins, or answers where the visitor stands. */
  enter(line: Line, visit: Visit): Promise<QueueReply>;
  /** Answers where the visitor stands; also the sign of life. */
  ask(line: Line, visit: Visit): Promise<QueueReply>;
  /** The shopper's page was closed: the place inside ends soon, unless a sign of life comes or seats are held. */
  away(line: Line, user: string): Promise<'not-inside' | 'shortened' | 'holds-seats'>;
  leave(line: Line, user: string): Promise<'nowhere' | 'line' | 'inside'>;
  /** @param limit undefined: the worker does not know yet which is in force */
  tick(line: Line, limit: QueueLimit | undefined, knownNewMarker?: string): Promise<TickReply>;
  /** This worker ticks no more, and is not lost. */
  drainWorker(line: Line): Promise<void>;
  setThreshold(line: Line, limit: QueueLimit): Promise<ThresholdReply>;
  readThreshold(line: Line): Promise<ThresholdReply>;
  /** Forgets the long silent; answers how many were looked at and forgotten. */
  sweep(line: Line, countMax: number): Promise<{ readonly looked: number; readonly forgotten: number }>;
  relay(
    line: Line,
    relay: string,
    done: { readonly delivered: readonly string[]; readonly bad: readonly string[] },
    options: { readonly countMax: number; readonly leaseMs: number },
  ): Promise<OutboxStep>;
}
