import { isForgotten, type Place } from './place.ts';
import type { CounterStore, Line, PlaceStore } from './ports.ts';
import { isCalled, isExpired, type Position } from './position.ts';
import type { ServingState } from './serving.ts';

/** A ticket's holder asks: is it my turn? */
export interface Holder extends Position {
  readonly line: Line;
  readonly subject: string;
  readonly requestId: string;
}

export type Turn =
  | { readonly kind: 'waiting' }
  /** `isFirst`: this very call claimed the place. */
  | { readonly kind: 'admitted'; readonly isFirst: boolean }
  /** Called, but too late or replaced: may join again at the end. */
  | { readonly kind: 'expired' };

/**
 * Answers whose turn it is, and claims the place once.
 *
 *   joined ──▶ called ──▶ claimed            a claimed place gets a pass each time it asks
 *                   └───▶ expired            both claim windows are over and nobody came
 *
 * A place that shares its number comes to the door in between, and is called there (door.ts).
 */
export async function takeTurn(
  { places, counters }: { places: PlaceStore; counters: Pick<CounterStore, 'allocateDoor'> },
  holder: Holder,
  line: Pick<ServingState, 'serving' | 'expired' | 'door'>,
  nowMs: number,
): Promise<Turn> {
  if (!isCalled(holder, line.serving)) return { kind: 'waiting' };
  if (isExpired(holder, line.expired)) {
    const place = await places.find(holder.line, holder.subject);
    if (place === undefined || !isOwn(place, holder) || isForgotten(place, nowMs)) return { kind: 'expired' };
    if (place.claimedAtMs !== undefined) return { kind: 'admitted', isFirst: false };
    if (place.doorNumber === undefined) return { kind: 'expired' };
  }
  const { line: ofLine, subject, requestId } = holder;
  const claim = await places.claim(ofLine, subject, requestId, nowMs, line.door?.called ?? 0);
  if (claim.kind === 'gone') return { kind: 'expired' };
  if (claim.kind !== 'at-the-door') return { kind: 'admitted', isFirst: claim.kind === 'claimed' };
  // A crash between these steps burns at most a number, and the next request begins anew.
  if (claim.doorNumber === undefined && (await places.startDoor(ofLine, subject, requestId, nowMs)))
    await places.setDoor(ofLine, subject, requestId, await counters.allocateDoor(ofLine));
  return { kind: 'waiting' };
}

const isOwn = (place: Place, holder: Holder) => place.requestId === holder.requestId;
