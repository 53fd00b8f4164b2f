import { type AdmissionEvent, admissionEventSchema } from '#contract/admission-event.ts';
import { metrics } from '#contract/metrics.ts';
import type { Line } from '#core/line/ports.ts';
import { mapBounded } from '#core/map-bounded.ts';
import type { OutboxEntry } from '#core/queue/ports.ts';
import type { LiveEvents } from '../worker-runtime/live-events.ts';
import type { AdmissionDeps } from './deps.ts';

const concurrencyMax = 16;
/** Entries per read of the outbox. An entry holds the admissions of one tick. */
const entriesMax = 20;
/** Reads per line and round, so that one busy line does not starve the others. */
const stepsMax = 50;
/** Limit of SQS per call. */
const batchMax = 10;
/** A relay that does not renew its lease for this long counts as gone. Longer than the slowest round of sending. */
const leaseMs = 15_000;
/** Lines of closed events and older generations whose outbox was not empty at the last read. */
const unfinishedMax = 1_000;

/**
 * Sends admissions from the outbox to SQS: at least once, in order, without loss. An entry leaves the outbox after SQS has
 * accepted all of it; until then it stays.
 */
export class AdmissionRelay {
  readonly #deps: Pick<AdmissionDeps, 'queue' | 'publisher' | 'telemetry' | 'workerId'>;
  readonly #events: LiveEvents;
  /** The outbox of a closed sale or of a reset line may still hold entries. */
  readonly #unfinished = new Map<string, Line>();

  constructor(
    deps: Pick<AdmissionDeps, 'queue' | 'publisher' | 'telemetry' | 'workerId'>,
    events: LiveEvents,
  ) {
    this.#deps = deps;
    this.#events = events;
  }

  /** One round over all lines. Never throws. @param isStopping ends the round between two steps */
  async relayAdmissions(isStopping: () => boolean): Promise<void> {
    const lines = new Map(this.#unfinished);
    for (const { eventId, generation } of this.#events.all())
      lines.set(`${eventId}#${generation}`, { eventId, generation });
    await mapBounded([...lines], concurrencyMax, async ([key, line]) => {
      try {
        const isEmpty = await this.#relay(line, isStopping);
        if (isEmpty) this.#unfinished.delete(key);
        else if (this.#unfinished.size < unfinishedMax) this.#unfinished.set(key, line);
      } catch (error) {
        this.#deps.telemetry.error('the outbox could not be read; the next round reads it again', error, {
          eventId: line.eventId,
        });
      }
    });
    this.#deps.telemetry.flush();
  }

  /** Returns true when the outbox is empty. */
  async #relay(line: Line, isStopping: () => boolean): Promise<boolean> {
    const { queue, workerId, telemetry } = this.#deps;
    let done: Sent = { delivered: [], bad: [], isWhole: true };
    for (let step = 0; step < stepsMax; step += 1) {
      const { isMine, entries, left } = await queue.relay(line, workerId, done, {
        countMax: entriesMax,
        leaseMs,
      });
      if (left > 0) telemetry.count(metrics.outboxWaiting, left);
      if (!isMine || entries.length === 0 || isStopping() || !done.isWhole) return left === 0;
      done = await this.#send(line, entries);
      if (done.bad.length > 0) telemetry.count(metrics.outboxDead, done.bad.length);
    }
    // The last step's deliveries must leave the outbox too.
    const { left } = await queue.relay(line, workerId, done, { countMax: 1, leaseMs });
    return left === 0;
  }

  /** Sends entries in order, ten messages per call, and stops at the first that SQS does not accept. */
  async #send(line: Line, entries: readonly OutboxEntry[]): Promise<Sent> {
    const messages = entries.flatMap((entry) => toMessages(line, entry));
    const accepted = new Set<string>();
    const refused = new Set<string>();
    for (let at = 0; at < messages.length; at += batchMax) {
      const batch = messages.slice(at, at + batchMax).map(({ event }) => event);
      const delivery = await this.#deps.publisher.publish(batch);
      for (const id of delivery.accepted) accepted.add(id);
      for (const id of delivery.refused) refused.add(id);
      const missing = batch.length - delivery.accepted.size - delivery.refused.size;
      if (missing === 0) continue;
      this.#deps.telemetry.count(metrics.outboxRefused, missing);
      break;
    }
    const readable = new Map<string, string[]>();
    for (const { entryId, event } of messages)
      readable.set(entryId, [...(readable.get(entryId) ?? []), event.admissionId]);
    const isBad = ({ id, admissions }: OutboxEntry) =>
      admissions === null ||
      admissions.length !== (readable.get(id)?.length ?? 0) ||
      (readable.get(id) ?? []).some((admissionId) => refused.has(admissionId));
    const isSettled = ({ id }: OutboxEntry) =>
      (readable.get(id) ?? []).every((admissionId) => accepted.has(admissionId) || refused.has(admissionId));
    const settled = entries.filter(isSettled);
    return {
      delivered: settled.filter((entry) => !isBad(entry)).map(({ id }) => id),
      bad: settled.filter(isBad).map(({ id }) => id),
      isWhole: settled.length === entries.length,
    };
  }
}

interface Sent {
  readonly delivered: readonly string[];
  readonly bad: readonly string[];
  /** Every entry was settled, so the next entries can be read at once. */
  readonly isWhole: boolean;
}

/** Returns an entry's messages. Messages that do not match the schema are left out, and the entry counts as bad. */
function toMessages(line: Line, entry: OutboxEntry): { entryId: string; event: AdmissionEvent }[] {
  return (entry.admissions ?? []).flatMap(({ user, admissionId }) => {
    const { eventId, generation } = line;
    const event = { type: 'admission', eventId, generation, admissionId, user };
    const parsed = admissionEventSchema.safeParse(event);
    return parsed.success ? [{ entryId: entry.id, event: parsed.data }] : [];
  });
}
