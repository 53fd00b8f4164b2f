import { isForgotten, type Place } from './place.ts';
import type { CounterStore, Line, PlaceStore } from './ports.ts';
import { isCalled, isExpired, type Position } from './position.ts';
import type { ServingState } from './serving.ts';

/** The visitor of a verified ticket. */
export interface Holder extends Position {
  readonly line: Line;
  readonly subject: string;
  readonly requestId: string;
}

type ClaimResult =
  | { readonly kind: 'waiting' }
  /** `isFirst`: this call claimed the place. */
  | { readonly kind: 'admitted'; readonly isFirst: boolean }
  /** Called and not claimed in time, or replaced by a later join. The visitor may join again at the end. */
  | { readonly kind: 'expired' };

/**
 * Returns whether it is the holder's turn, and claims the place once.
 *
 *   joined ──▶ called ──▶ claimed            a claimed place gets a pass at every check
 *                   └───▶ expired            both claim windows ended without a claim
 *
 * A place that shares its number is called again at the door before the claim (door.ts).
 */
export async function claimIfCalled(
  { places, counters }: { places: PlaceStore; counters: Pick<CounterStore, 'allocateDoor'> },
  holder: Holder,
  line: Pick<ServingState, 'serving' | 'expired' | 'door'>,
  nowMs: number,
): Promise<ClaimResult> {
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
  // A crash between these steps loses at most a number; the next request starts again.
  if (claim.doorNumber === undefined && (await places.startDoor(ofLine, subject, requestId, nowMs)))
    await places.setDoor(ofLine, subject, requestId, await counters.allocateDoor(ofLine));
  return { kind: 'waiting' };
}

const isOwn = (place: Place, holder: Holder) => place.requestId === holder.requestId;
