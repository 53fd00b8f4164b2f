import { queuePollBands } from '#contract/queue-http.ts';
import { bandSeconds } from '#core/line/poll.ts';
import type { QueuePolicy } from '#core/queue/ports.ts';

const sequenceBase = 2 ** 52;
const overdueMax = 1000;
const pollSlack = 1500;
const returnBase = -(2 ** 52);

type Entry = { readonly score: number; dueMs: number; isParked: boolean };
type Inside = { grantedMs: number; expiresAtMs: number };

/** What the queue's scripts should do, in the simplest form: one map per state, full scans, no optimisation. */
export class QueueModel {
  readonly #policy: QueuePolicy;
  nowMs: number;
  readonly line = new Map<string, Entry>();
  readonly inside = new Map<string, Inside>();
  /** The last admission of each user. */
  readonly known = new Map<string, { grantedMs: number; wasInside: boolean }>();
  /** Passes that have been presented. */
  readonly arrived = new Set<string>();
  limit: number | null = null;
  #unpausedValue: number | null = null;
  #limitVersion = 0;
  /** The line's clock at a server time; null: no tick has run yet. */
  #clock: { readonly lineClockMs: number; readonly atMs: number } | null = null;
  #warmAtMs: number | null = null;
  #tick = -1;
  #movedIn = { tick: -1, moved: 0 };
  #sequence = 0;
  outbox: string[] = [];

  constructor(policy: QueuePolicy, nowMs: number) {
    this.#policy = policy;
    this.nowMs = nowMs;
  }

  loseEverything(): void {
    this.line.clear();
    this.inside.clear();
    this.known.clear();
    this.arrived.clear();
    this.limit = null;
    this.#unpausedValue = null;
    this.#limitVersion = 0;
    this.#clock = null;
    this.#warmAtMs = null;
    this.#tick = -1;
    this.#movedIn = { tick: -1, moved: 0 };
    this.#sequence = 0;
    this.outbox = [];
  }

  waiting(): string[] {
    return [...this.line.entries()]
      .filter(([, { isParked }]) => !isParked)
      .sort(([a, x], [b, y]) => x.score - y.score || (a < b ? -1 : 1))
      .map(([user]) => user);
  }

  /** Time that counts against visitors without a poll. It stops while ticks are missing. */
  lineClockMs(): number {
    if (this.#clock === null) return this.nowMs;
    return this.#clock.lineClockMs + Math.min(this.nowMs - this.#clock.atMs, this.#policy.tickGapMaxMs);
  }

  living = (): number =>
    [...this.inside.values()].filter(({ expiresAtMs }) => expiresAtMs > this.lineClockMs()).length;

  enter(user: string, requestId: string | null, score: number | null, tokenGrantedMs: number | null): string {
    if (requestId !== null) this.arrived.add(requestId);
    const met = this.#meet(user, tokenGrantedMs);
    if (met !== undefined) return met;
    const wasInside = this.known.get(user)?.wasInside ?? false;
    if (this.#mayEnterAtOnce()) {
      this.#countMoved(1);
      this.#putInside(user, this.nowMs, true);
      this.outbox.push(user);
      return 'inside';
    }
    this.#sequence += score === null || wasInside ? 1 : 0;
    const place = score === null || wasInside ? sequenceBase + this.#sequence : score;
    this.line.set(user, { score: place, dueMs: 0, isParked: false });
    return this.#wait(user);
  }

  heartbeat(user: string, tokenGrantedMs: number | null): string {
    return this.#meet(user, tokenGrantedMs) ?? 'absent';
  }

  leave(user: string): string {
    const inLine = this.line.delete(user);
    if (this.inside.delete(user)) return 'inside';
    return inLine ? 'line' : 'nowhere';
  }

  tick(
    limit: number,
    unpausedValue: number,
    version: number,
  ): { kind: string; admitted: string[]; passedOver: number } {
    this.#clock = { lineClockMs: this.lineClockMs(), atMs: this.nowMs };
    if (this.#warmAtMs === null) this.#warmAtMs = this.nowMs + this.#policy.coldWaitMs;
    if (this.limit === null || version >= this.#limitVersion) {
      this.limit = limit;
      this.#unpausedValue = unpausedValue;
      this.#limitVersion = version;
    }
    const tick = Math.floor(this.nowMs / this.#policy.tickMs);
    if (tick <= this.#tick) return { kind: 'already-ran', admitted: [], passedOver: 0 };
    this.#tick = tick;
    for (const [user, { expiresAtMs }] of this.inside)
      if (expiresAtMs <= this.lineClockMs()) this.inside.delete(user);
    const used = this.#movedIn.tick === tick ? this.#movedIn.moved : 0;
    const isCold = this.nowMs < this.#warmAtMs;
    const wanted = isCold ? 0 : Math.min(this.#policy.batchMax - used, this.limit - this.living());
    const admitted: string[] = [];
    let passedOver = 0;
    for (const user of this.waiting()) {
      if (admitted.length >= wanted || admitted.length + passedOver >= wanted + overdueMax) break;
      const entry = this.line.get(user);
      if (entry === undefined) continue;
      if (entry.dueMs >= this.lineClockMs()) {
        admitted.push(user);
        this.line.delete(user);
        this.#putInside(user, this.nowMs, false);
        this.outbox.push(user);
      } else {
        entry.isParked = true;
        passedOver += 1;
      }
    }
    this.#countMoved(admitted.length);
    return { kind: isCold ? 'cold' : 'ticked', admitted, passedOver };
  }

  sweep(): void {
    for (const [user, { dueMs }] of this.line)
      if (dueMs <= this.lineClockMs() - this.#policy.forgetMs) this.line.delete(user);
  }

  /** The common part of enter and status. Returns undefined if the user is in no state. */
  #meet(user: string, tokenGrantedMs: number | null): string | undefined {
    const inside = this.inside.get(user);
    if (inside !== undefined && inside.expiresAtMs > this.lineClockMs()) {
      this.#putInside(user, inside.grantedMs, true);
      return 'inside';
    }
    const knownMs = this.known.get(user)?.grantedMs ?? 0;
    const isNews = tokenGrantedMs !== null && tokenGrantedMs > knownMs;
    if (isNews && tokenGrantedMs + this.#policy.stayMaxMs > this.nowMs) {
      const score = returnBase + tokenGrantedMs;
      const before = this.waiting().filter((other) => (this.line.get(other)?.score ?? 0) < score);
      if (this.living() + before.length < (this.#unpausedValue ?? 0)) {
        this.line.delete(user);
        this.#putInside(user, tokenGrantedMs, true);
        this.outbox.push(user);
        return 'inside';
      }
      this.line.set(user, { score, dueMs: 0, isParked: false });
    }
    return this.line.has(user) ? this.#wait(user) : undefined;
  }

  #wait(user: string): string {
    const entry = this.line.get(user);
    if (entry === undefined) throw new Error('not in line');
    entry.isParked = false;
    const rank = this.waiting().indexOf(user);
    entry.dueMs =
      this.lineClockMs() + bandSeconds(queuePollBands, rank) * pollSlack + this.#policy.pollGraceMs;
    return `waiting ${rank}`;
  }

  #putInside(user: string, grantedMs: number, isHere: boolean): void {
    const { activeTtlMs, stayMaxMs, claimTtlMs } = this.#policy;
    const lineClockMs = this.lineClockMs();
    const expiresAtMs = isHere
      ? Math.min(lineClockMs + activeTtlMs, grantedMs + stayMaxMs - (this.nowMs - lineClockMs))
      : lineClockMs + claimTtlMs;
    this.inside.set(user, { grantedMs, expiresAtMs });
    this.known.set(user, { grantedMs, wasInside: isHere });
  }

  #mayEnterAtOnce(): boolean {
    const tick = Math.floor(this.nowMs / this.#policy.tickMs);
    const used = this.#movedIn.tick === tick ? this.#movedIn.moved : 0;
    return (
      this.waiting().length === 0 &&
      this.limit !== null &&
      this.living() < this.limit &&
      used < this.#policy.batchMax &&
      this.#warmAtMs !== null &&
      this.nowMs >= this.#warmAtMs
    );
  }

  #countMoved(moved: number): void {
    const tick = Math.floor(this.nowMs / this.#policy.tickMs);
    if (this.#movedIn.tick !== tick) this.#movedIn = { tick, moved: 0 };
    this.#movedIn.moved += moved;
  }
}
