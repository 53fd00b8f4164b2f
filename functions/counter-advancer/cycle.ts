import type { UrrEvent } from '#contract/event.ts';
import { metrics } from '#contract/metrics.ts';
import type { LiveEvents } from '#core/events/ports.ts';
import { problemText } from '#core/events/problem-text.ts';
import { eventState } from '#core/events/state.ts';
import { advanceEvent } from './advance-event.ts';
import type { AdvancerDeps } from './deps.ts';
import { publishEdgeConfig } from './publish-edge-config.ts';

/** Events advanced at once: each is five short calls to DynamoDB, and a client has 200 connections. */
const concurrencyMax = 16;

/** Lines looked at each second between two cycles, the longest-listed first; the others wait for the next cycle. */
const beatLinesMax = 50;

/**
 * One cycle over all live events. Never throws: what fails is counted, and the next cycle comes.
 *
 * @returns events to look at each second until then: people wait, and the line is open or opens before
 */
export async function runCycle(deps: AdvancerDeps): Promise<readonly UrrEvent[]> {
  const live = await attempt(deps, 'live events could not be listed', {}, () => deps.events.listLive());
  if (live === undefined) return [];
  reportOddities(deps, live);
  const keeping = attempt(deps, 'the last usable states were not kept', {}, () =>
    deps.lastGood.keep(idsOf(live)),
  );
  // The flags first: with many events on sale the switch of one must not wait for the advance of all.
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
 * Advances lines between two cycles, so that a place that falls free is given on within a second, and the first people of
 * an opening are called in its first second. An edit of an event is seen by the next cycle, as without beats.
 *
 * @returns the events that could be advanced: what fails is tried again by the next cycle, not each second
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

/** Every event whose item can be named, drafts and unusable ones too. */
const idsOf = ({ events, drafts, invalid }: LiveEvents): string[] => [
  ...new Set([...events, ...drafts, ...invalid].flatMap(({ eventId }) => eventId ?? [])),
];

function reportOddities({ telemetry }: AdvancerDeps, live: LiveEvents): void {
  for (const { eventId, problems, unusableSince, runsOn } of live.invalid) {
    telemetry.count(metrics.eventItemInvalid);
    const facts = { eventId, problems: problems.map(problemText), unusableSince, runsOn };
    telemetry.warn(
      runsOn === undefined
        ? 'an event item is not usable; its event stands still'
        : 'an event item is not usable; its event goes on in its last usable state',
      facts,
    );
  }
  if (!live.isTruncated) return;
  telemetry.count(metrics.cycleFailures);
  telemetry.warn('more events are on sale than one cycle may list; close those that are over');
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

/** Runs `act`, which never throws, on every event, so many at once. */
async function inParallel(events: readonly UrrEvent[], act: (event: UrrEvent) => Promise<unknown>) {
  const queue = events.values();
  const worker = async () => {
    for (const event of queue) await act(event);
  };
  await Promise.all(Array.from({ length: Math.min(concurrencyMax, events.length) }, worker));
}
