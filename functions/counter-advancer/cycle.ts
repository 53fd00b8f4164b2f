import type { UrrEvent } from '#contract/event.ts';
import { metrics } from '#contract/metrics.ts';
import type { LiveEvents } from '#core/event-ports.ts';
import { problemText } from '#core/problem-text.ts';
import { advanceEvent } from './advance-event.ts';
import type { AdvancerDeps } from './deps.ts';
import { publishEdgeConfig } from './publish.ts';

/** Events advanced at once: each is five short calls to DynamoDB, and a client has 200 connections. */
const concurrencyMax = 16;

/** One cycle over all live events. Never throws: what fails is counted, and the next cycle comes. */
export async function runCycle(deps: AdvancerDeps): Promise<void> {
  const live = await attempt(deps, 'live events could not be listed', {}, () => deps.events.listLive());
  if (live === undefined) return;
  reportOddities(deps, live);
  const keeping = attempt(deps, 'the last usable states were not kept', {}, () =>
    deps.lastGood.keep(idsOf(live)),
  );
  // The flags first: with many events on sale the switch of one must not wait for the advance of all.
  const publishing = attempt(deps, 'edge configuration was not published', {}, () =>
    publishEdgeConfig(deps, live),
  );
  await inParallel(live.events, (event) =>
    attempt(deps, 'an event was not advanced', { eventId: event.eventId }, () => advanceEvent(deps, event)),
  );
  await publishing;
  await keeping;
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
