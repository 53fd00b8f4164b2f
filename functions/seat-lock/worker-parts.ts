import type { LiveEvents } from '../worker-runtime/live-events.ts';
import type { Callers } from './callers.ts';
import type { SeatLockDeps } from './deps.ts';
import type { SeatMaps } from './seat-maps.ts';

/** Shared by every route and round of the worker. */
export interface WorkerParts {
  readonly deps: SeatLockDeps;
  readonly events: LiveEvents;
  readonly callers: Callers;
  readonly maps: SeatMaps;
}
