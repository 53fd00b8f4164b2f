import { advanceManually } from '#adapters/dynamodb/line/manual-advance.ts';
import { eventSchema, type UrrEvent } from '#contract/event.ts';
import { UrrError } from '#core/errors.ts';
import type { EventInspection, EventPatch, InvalidEvent } from '#core/events/ports.ts';
import { problemText } from '#core/events/problem-text.ts';
import { eventState } from '#core/events/state.ts';
import { total, waitingTotal } from '#core/line/position.ts';
import type { Target } from './target.ts';
import { UsageError } from './usage-error.ts';

/** Result of a command, printed as text or with --json as JSON. */
export interface EventReport {
  readonly event: UrrEvent;
  readonly state: ReturnType<typeof eventState>;
  readonly line: { readonly joined: number; readonly called: number; readonly waiting: number };
  /** Problems of an unusable item; `event` is then its last usable state. */
  readonly invalid?: InvalidEvent;
}

export interface Actor {
  /** Name of the operator, for the audit. */
  readonly by: string;
  readonly nowMs: () => number;
}

export async function createEvent(
  target: Target,
  eventId: string,
  patch: EventPatch,
  shards: number | undefined,
  { nowMs }: Actor,
): Promise<EventReport> {
  if (patch.titleKo === undefined || patch.titleEn === undefined) {
    throw new UsageError('a new event needs --title-ko and --title-en; give both');
  }
  const at = new Date(nowMs()).toISOString();
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== null));
  const base = { eventId, onSale: 'live', isDraft: true, isActive: false, createdAt: at, updatedAt: at };
  const event = eventSchema.parse({ ...base, ...given, ...(shards === undefined ? {} : { shards }) });
  await target.events.create(event);
  return report(target, event, nowMs());
}

export async function listEvents(target: Target, nowMs: number): Promise<LiveList> {
  const { events, drafts, invalid, isTruncated } = await target.events.listLive();
  const rows = [...events, ...drafts].map((event) => ({ event, state: eventState(event, nowMs) }));
  return {
    events: rows.sort((a, b) => a.event.eventId.localeCompare(b.event.eventId)),
    invalid,
    isTruncated,
  };
}
export interface LiveList {
  readonly events: readonly Pick<EventReport, 'event' | 'state'>[];
  /** Items that do not match their schema, for example after a slip in the console. */
  readonly invalid: readonly InvalidEvent[];
  readonly isTruncated: boolean;
}

export async function showEvent(target: Target, eventId: string, nowMs: number): Promise<EventReport> {
  const { event, invalid } = await inspected(target, eventId);
  if (event === undefined) throw neverUsable(eventId, invalid);
  return { ...(await report(target, event, nowMs)), ...(invalid === undefined ? {} : { invalid }) };
}

/** Changes of `open` and `pause`; `close` is a method of the store. */
export const openPatch: EventPatch = {
  onSale: 'live',
  isDraft: false,
  isActive: true,
  isPaused: false,
};
export const pausePatch: EventPatch = { isPaused: true };

export async function changeEvent(
  target: Target,
  eventId: string,
  patch: EventPatch,
  nowMs: number,
): Promise<EventReport> {
  return report(target, await target.events.update(eventId, patch), nowMs);
}

export async function closeEvent(target: Target, eventId: string, nowMs: number): Promise<EventReport> {
  return report(target, await target.events.close(eventId), nowMs);
}

/**
 * Changes the number of shards, only before the first join. It starts a new, empty line: a join at the same moment belongs
 * to the old line and its page joins again, whereas fewer shards in the old line would lose it.
 */
export async function changeShards(
  target: Target,
  eventId: string,
  shards: number,
  { by, nowMs }: Actor,
): Promise<EventReport> {
  const event = await existing(target, eventId);
  if (event.shards === shards) return report(target, event, nowMs());
  const { joined } = await lineOf(target, event);
  if (joined > 0) {
    throw new UrrError(
      'CONFLICT',
      `${joined} visitors have joined this line, so its shards are fixed; event reset ${eventId} --shards ${shards} --reason … ` +
        'starts a new line, and every visitor joins again',
    );
  }
  const audit = { by, reason: `shards ${event.shards} to ${shards}`, shards };
  return report(target, await target.events.reset(eventId, event.generation, audit), nowMs());
}

export async function resetLine(
  target: Target,
  eventId: string,
  reason: string,
  shards: number | undefined,
  { by, nowMs }: Actor,
): Promise<EventReport> {
  const event = await existing(target, eventId);
  const audit = { by, reason, ...(shards === undefined ? {} : { shards }) };
  return report(target, await target.events.reset(eventId, event.generation, audit), nowMs());
}

export async function advanceLine(
  target: Target,
  eventId: string,
  count: number,
  { by, nowMs }: Actor,
): Promise<EventReport & { readonly called: number }> {
  const event = await existing(target, eventId);
  const called = await advanceManually(target.counters, event, { count, by, nowMs: nowMs() });
  return { ...(await report(target, event, nowMs())), called };
}

async function existing(target: Target, eventId: string): Promise<UrrEvent> {
  const { event, invalid } = await inspected(target, eventId);
  if (event === undefined) throw neverUsable(eventId, invalid);
  return event;
}

const neverUsable = (eventId: string, invalid: InvalidEvent | undefined) =>
  new UrrError(
    'UNPROCESSABLE',
    `the item of event ${eventId} is not usable and has no earlier usable state`,
    {
      cause: (invalid?.problems ?? []).map(problemText),
    },
  );

async function inspected(target: Target, eventId: string): Promise<EventInspection> {
  const found = await target.events.inspect(eventId);
  if (found === undefined) throw new UrrError('EVENT_NOT_FOUND', `there is no event ${eventId}`);
  return found;
}

async function report(target: Target, event: UrrEvent, nowMs: number): Promise<EventReport> {
  return { event, state: eventState(event, nowMs), line: await lineOf(target, event) };
}

async function lineOf(target: Target, event: UrrEvent): Promise<EventReport['line']> {
  const state = await target.counters.serving(event, 'latest');
  // A line keeps its initial number of shards, whatever the item contains since then.
  const issued = await target.counters.issued(event, state?.issued.length ?? event.shards);
  const serving = state?.serving ?? [];
  return { joined: total(issued), called: total(serving), waiting: waitingTotal(issued, serving) };
}
