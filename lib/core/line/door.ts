import { z } from 'zod';
import { total, type Vector } from './position.ts';

const count = z.int().min(0);

/**
 * The door, for places that share a number (join-budget.ts). They are called with that number at no cost to the rate. A
 * visitor who then comes takes a door number; door numbers are called at the rate, before the line's next numbers. So a
 * place without a visitor delays nobody, and every visitor who comes counts against the rate.
 *
 *   shared number ──▶ called ──(comes)──▶ door number ──▶ called at the door ──▶ pass
 */
export const doorSchema = z.object({ given: count, called: count });
type Door = z.infer<typeof doorSchema>;

/** Calls up to `limit` people at the door. A stale `givenNow` never lowers the numbers. */
export function callDoor(
  door: Door | undefined,
  givenNow: number,
  limit: number,
): { readonly next: Door | undefined; readonly called: number } {
  const given = Math.max(door?.given ?? 0, givenNow);
  if (given === 0) return { next: undefined, called: 0 };
  const before = door?.called ?? 0;
  const called = Math.max(0, Math.min(limit, given - before));
  return { next: { given, called: before + called }, called };
}

/** Visitors called so far. A place with a shared number is counted only by the door. */
export const calledTotal = (line: { readonly serving: Vector; readonly door?: Door | undefined }): number =>
  total(line.serving) + (line.door?.called ?? 0);
