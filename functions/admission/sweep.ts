import { mapBounded } from '#core/map-bounded.ts';
import { hasQueue } from '#core/queue/limit.ts';
import type { LiveEvents } from '../worker-runtime/live-events.ts';
import type { AdmissionDeps } from './deps.ts';

const concurrencyMax = 4;
/** Visitors checked per call: some milliseconds of Redis's time. */
const countMax = 2_000;
/** Calls per line and round: 100,000 visitors in half a minute. */
const callsMax = 50;

/** Removes visitors of every event on sale who have not polled for the time that a place is kept. Never throws. */
export async function sweepAll(
  { queue, telemetry, nowMs }: Pick<AdmissionDeps, 'queue' | 'telemetry' | 'nowMs'>,
  events: LiveEvents,
): Promise<void> {
  const open = events.all().filter((event) => hasQueue(event, nowMs()));
  await mapBounded(open, concurrencyMax, async (event) => {
    try {
      for (let call = 0; call < callsMax; call += 1) {
        const { checked } = await queue.sweep(event, countMax);
        if (checked < countMax) return;
      }
    } catch (error) {
      telemetry.error('sweep failed; the next round sweeps this event again', error, {
        eventId: event.eventId,
      });
    }
  });
}
