import type { Camera } from './map-camera.ts';
import type { Digits } from './map-choice.ts';
import type { Focus } from './map-focus.ts';
import type { SeatMap } from './map-layout.ts';

/** All that the picture shows. */
export interface Scene {
  readonly map: SeatMap;
  readonly digits: Digits;
  readonly camera: Camera;
  /** Picked seats by section's place; empty sets are not there. */
  readonly picked: ReadonlyMap<number, ReadonlySet<number>>;
  readonly focus: Focus | null;
  /** Name and free places of a section, as its visitor reads them. */
  readonly label: (section: number) => { readonly name: string; readonly free: string };
  readonly stageName: string;
}

/** From so many pixels a seat on, free seats are drawn; from so many, each for itself; then people; then numbers. */
export const seatsFromPx = 2.6;
export const squaresFromPx = 4.5;
export const peopleFromPx = 8;
export const numbersFromPx = 20;
