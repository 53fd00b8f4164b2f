import type { Camera } from './map-camera.ts';
import type { Digits } from './map-choice.ts';
import type { Focus } from './map-focus.ts';
import type { SeatMap } from './map-layout.ts';

/** Everything that a painting depends on. */
export interface Scene {
  readonly map: SeatMap;
  readonly digits: Digits;
  readonly camera: Camera;
  /** Picked seats by the section's index; a section without one is absent. */
  readonly picked: ReadonlyMap<number, ReadonlySet<number>>;
  readonly focus: Focus | null;
  /** Name and number of free seats of a section, in the visitor's language. */
  readonly label: (section: number) => { readonly name: string; readonly free: string };
  readonly stageName: string;
}

/** Smallest sizes of a seat, in pixels, at which the map draws free seats, single squares, people and numbers. */
export const seatsFromPx = 2.6;
export const squaresFromPx = 4.5;
export const peopleFromPx = 8;
export const numbersFromPx = 20;
