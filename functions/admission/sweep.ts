import { hasQueue } from '#core/queue/limit.ts';
import type { LiveEvents } from '../worker-runtime/live-events.ts';
import { mapBounded } from '../worker-runtime/map-bounded.ts';
import type { AdmissionDeps } from './deps.ts';

const concurrencyMax = 4;
/** Looked at a call: some milliseconds of Redis's time. */
const countMax = 2_000;
/** Calls a line and round: 100,000 visitors in half a minute. */
const callsMax = 50;

/** Forgets the long silent of every event on sale. Never throws. */
export async function sweepAll(
  { queue, telemetry, nowMs }: Pick<AdmissionDeps, 'queue' | 'telemetry' | 'nowMs'>,
  events: LiveEvents,
): Promise<void> {
  const open = events.all().filter((event) => hasQueue(event, nowMs()));
  await mapBounded(open, concurrencyMax, async (event) => {
    try {
      for (let call = 0; call < callsMax; call += 1) {
        const { looked } = await queue.sweep(event, countMax);
        if (looked < countMax) return;
      }
    } catch (error) {
      telemetry.error('sweep failed', error, { eventId: event.eventId });
    }
  });
}
