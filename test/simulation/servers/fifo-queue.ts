/**
 * An SQS FIFO queue in memory: drops a repeat within five minutes, delivers a group's messages in order, and blocks the
 * group until they are deleted or become visible again.
 */
export interface Message {
  readonly messageId: string;
  readonly group: string;
  readonly body: string;
}

const deduplicationMs = 5 * 60_000;

export class MemoryFifoQueue {
  readonly #nowMs: () => number;
  readonly #visibilityMs: number;
  #waiting: Message[] = [];
  readonly #seenAtMs = new Map<string, number>();
  readonly #lockedUntilMs = new Map<string, number>();
  #count = 0;

  constructor(nowMs: () => number, visibilityMs: number) {
    this.#nowMs = nowMs;
    this.#visibilityMs = visibilityMs;
  }

  get length(): number {
    return this.#waiting.length;
  }

  send(group: string, deduplicationId: string, body: string): void {
    const seenAtMs = this.#seenAtMs.get(deduplicationId);
    if (seenAtMs !== undefined && this.#nowMs() - seenAtMs < deduplicationMs) return;
    this.#seenAtMs.set(deduplicationId, this.#nowMs());
    this.#waiting.push({ messageId: `message-${++this.#count}`, group, body });
  }

  /** Returns at most ten messages, of groups without a message in flight. */
  receive(): readonly Message[] {
    const nowMs = this.#nowMs();
    const isFree = ({ group }: Message) => (this.#lockedUntilMs.get(group) ?? 0) <= nowMs;
    const messages = this.#waiting.filter(isFree).slice(0, 10);
    for (const { group } of messages) this.#lockedUntilMs.set(group, nowMs + this.#visibilityMs);
    return messages;
  }

  /** Deletes the messages of a batch, except those that the receiver reports as failed. */
  answer(messages: readonly Message[], failed: ReadonlySet<string>): void {
    const done = new Set(messages.filter(({ messageId }) => !failed.has(messageId)));
    this.#waiting = this.#waiting.filter((message) => !done.has(message));
    for (const { group } of messages) this.#lockedUntilMs.delete(group);
  }
}
