import type { UrrEvent } from '#contract/event.ts';
import { metrics } from '#contract/metrics.ts';
import type { LiveEvents } from '#core/events/ports.ts';
import { problemText } from '#core/events/problem-text.ts';
import { eventState } from '#core/events/state.ts';
import { advanceEvent } from './advance-event.ts';
import type { AdvancerDeps } from './deps.ts';
import { publishEdgeConfig } from './publish-edge-config.ts';

/** Events advanced in parallel: each takes five short calls to DynamoDB, and a client has 200 connections. */
const concurrencyMax = 16;

/** Lines advanced per second between two cycles: the first of the list. The others wait for the next cycle. */
const beatLinesMax = 50;

/**
 * One cycle over all live events. Never throws: a failure is counted, and the next cycle repeats the work.
 *
 * @returns events to advance each second until the next cycle: visitors wait, and the line is open or opens before it
 */
export async function runCycle(deps: AdvancerDeps): Promise<readonly UrrEvent[]> {
  const live = await attempt(deps, 'live events could not be listed', {}, () => deps.events.listLive());
  if (live === undefined) return [];
  reportOddities(deps, live);
  const keeping = attempt(deps, 'the last usable states were not kept', {}, () =>
    deps.lastGood.keep(idsOf(live)),
  );
  // The edge configuration is published first, so that a switch does not wait until all events have advanced.
  const publishing = attempt(deps, 'edge configuration was not published', {}, () =>
    publishEdgeConfig(deps, live),
  );
  const moving = new Set<UrrEvent>();
  await inParallel(live.events, async (event) => {
    if ((await advance(deps, event)) === true && isOpenWithin(event, deps)) moving.add(event);
  });
  await publishing;
  await keeping;
  return live.events.filter((event) => moving.has(event)).slice(0, beatLinesMax);
}

/**
 * Advances lines between two cycles, so that a free place is filled within a second, and the first visitors of an opening
 * are called in its first second. The next cycle reads edits of an event.
 *
 * @returns the events that advanced; a failed one is left to the next cycle instead of being repeated each second
 */
export async function runBeat(deps: AdvancerDeps, events: readonly UrrEvent[]): Promise<readonly UrrEvent[]> {
  const failed = new Set<UrrEvent>();
  await inParallel(events, async (event) => {
    if ((await advance(deps, event, true)) === undefined) failed.add(event);
  });
  return events.filter((event) => !failed.has(event));
}

const advance = (deps: AdvancerDeps, event: UrrEvent, isBeat = false) =>
  attempt(deps, 'an event was not advanced', { eventId: event.eventId }, () =>
    advanceEvent(deps, event, isBeat),
  );

function isOpenWithin(event: UrrEvent, { cycleMs, nowMs }: AdvancerDeps): boolean {
  const fromMs = nowMs();
  return [fromMs, fromMs + cycleMs].some((atMs) => eventState(event, atMs) === 'open');
}

/** Returns every event id, also of drafts and of unusable items. */
const idsOf = ({ events, drafts, invalid }: LiveEvents): string[] => [
  ...new Set([...events, ...drafts, ...invalid].flatMap(({ eventId }) => eventId ?? [])),
];

function reportOddities({ telemetry }: AdvancerDeps, live: LiveEvents): void {
  for (const { eventId, problems, unusableSince, runsOn } of live.invalid) {
    telemetry.count(metrics.eventItemInvalid);
    const facts = { eventId, problems: problems.map(problemText), unusableSince, runsOn };
    telemetry.warn(
      runsOn === undefined
        ? 'an event item is unusable and never was usable; its event does not advance. Correct the attributes'
        : 'an event item is unusable; its event continues in its last usable state. Correct the attributes',
      facts,
    );
  }
  if (!live.isTruncated) return;
  telemetry.count(metrics.cycleFailures);
  telemetry.warn('more events are on sale than one cycle lists; close the events that have ended');
}

async function attempt<T>(
  { telemetry }: AdvancerDeps,
  failure: string,
  facts: Readonly<Record<string, string>>,
  act: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    telemetry.count(metrics.cycleFailures);
    telemetry.error(failure, error, facts);
    return undefined;
  }
}

/** Runs `act`, which never throws, on every event, in parallel up to the cap. */
async function inParallel(events: readonly UrrEvent[], act: (event: UrrEvent) => Promise<unknown>) {
  const queue = events.values();
  const worker = async () => {
    for (const event of queue) await act(event);
  };
  await Promise.all(Array.from({ length: Math.min(concurrencyMax, events.length) }, worker));
}
