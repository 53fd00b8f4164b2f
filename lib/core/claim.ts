import type { Line, PlaceStore } from './line-ports.ts';
import { isForgotten, type Place } from './place.ts';
import { isCalled, isExpired, type Position, type Vector } from './position.ts';

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
 */
export async function takeTurn(
  places: PlaceStore,
  holder: Holder,
  line: { readonly serving: Vector; readonly expired: Vector },
  nowMs: number,
): Promise<Turn> {
  if (!isCalled(holder, line.serving)) return { kind: 'waiting' };
  if (isExpired(holder, line.expired)) {
    const place = await places.find(holder.line, holder.subject);
    const isClaimed = place !== undefined && isOwn(place, holder) && place.claimedAtMs !== undefined;
    return isClaimed && !isForgotten(place, nowMs)
      ? { kind: 'admitted', isFirst: false }
      : { kind: 'expired' };
  }
  const claim = await places.claim(holder.line, holder.subject, holder.requestId, nowMs);
  if (claim.kind === 'gone') return { kind: 'expired' };
  return { kind: 'admitted', isFirst: claim.kind === 'claimed' };
}

const isOwn = (place: Place, holder: Holder) => place.requestId === holder.requestId;
