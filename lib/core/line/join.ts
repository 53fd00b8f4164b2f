import { UrrError } from '../errors.ts';
import { bindPlace } from './bind-place.ts';
import type { Numbering } from './join-budget.ts';
import { isForgotten, needsRenewal, type Place } from './place.ts';
import type { CounterStore, Line, PlaceStore } from './ports.ts';
import { compareByLevel, isCalled, isExpired, type Vector } from './position.ts';
import type { ShardWalk } from './shard-walk.ts';

export interface JoinDeps {
  readonly places: PlaceStore;
  readonly counters: Pick<CounterStore, 'allocate' | 'lastNumber'>;
  readonly walk: ShardWalk;
  readonly newRequestId: () => string;
  readonly nowMs: () => number;
}

export interface JoinRequest {
  readonly line: Line;
  readonly shards: number;
  /** Called, per shard, as last seen. */
  readonly serving: Vector;
  /** Called and lost, per shard: an unclaimed place in there may be replaced. */
  readonly expired: Vector;
  /** Who joins. */
  readonly subject: string;
  /** When the place may be deleted, in seconds since 1970 (place.ts, placeEnd). */
  readonly endsAt: number;
  /** Identities whose place counts as the joiner's: read before anything is allocated. */
  readonly known: readonly string[];
  /** A place found under another of these identities becomes the joiner's own, an account. */
  readonly isBound: boolean;
  /** Asked before a number is given out; may refuse. */
  readonly numbering: () => Promise<Numbering>;
}

/** A place met on the way to storing ours may be replaceable in turn; more than once means someone races us. */
const putAttemptsMax = 3;

/**
 * Gives an identity its place: the one it has, or a new one at the end.
 *
 *   read ─▶ allocate ─▶ store          a crash before "store" burns a number and nobody's place (E10)
 *
 * Allocation is last but one, so repeated requests burn nothing; whoever loses the race to store gets the winner's place.
 */
export async function join(
  deps: JoinDeps,
  request: JoinRequest,
): Promise<{ readonly place: Place; readonly isNew: boolean }> {
  const { line, shards, subject } = request;
  const isStanding = (place: Place) =>
    !isForgotten(place, deps.nowMs()) &&
    (place.claimedAtMs !== undefined || place.doorNumber !== undefined || !isExpired(place, request.expired));

  const found = await Promise.all(request.known.map((known) => deps.places.find(line, known)));
  const places = found.filter((place) => place !== undefined).filter(isStanding);
  // Someone who stands twice, as visitor and as account, keeps the place in front: an answer never replaces a better ticket.
  const standing = request.isBound ? places[0] : places.sort(compareByLevel)[0];
  const own = found.find((other) => other?.subject === subject);
  if (standing !== undefined && standing.subject !== subject && request.isBound) {
    const bound = await bindPlace(deps.places, { place: standing, account: subject, own }, deps.nowMs());
    if (bound !== undefined && isStanding(bound)) return { place: bound, isNew: false };
  } else if (standing !== undefined) {
    if (needsRenewal(standing, request.endsAt))
      await deps.places.renew(line, standing.subject, standing.requestId, request.endsAt);
    return { place: standing, isNew: false };
  }

  const numbering = await request.numbering();
  const shard = deps.walk(line, shards);
  const sharedSeq = numbering === 'shared' ? await lastWaiting(deps, request, shard) : undefined;
  const seq = sharedSeq ?? (await deps.counters.allocate(line, shard));
  const joinedAtMs = deps.nowMs();
  const place: Place = {
    eventId: line.eventId,
    generation: line.generation,
    subject,
    requestId: deps.newRequestId(),
    shard,
    seq,
    joinedAtMs,
    ...(sharedSeq !== undefined && { sharesNumber: true }),
    expiresAt: request.endsAt,
  };

  let replaces = own?.requestId;
  for (let attempt = 0; attempt < putAttemptsMax; attempt += 1) {
    const put = await deps.places.put(place, joinedAtMs, replaces);
    if (put.kind === 'stored') return { place, isNew: true };
    if (isStanding(put.place)) return { place: put.place, isNew: false };
    replaces = put.place.requestId;
  }
  throw new UrrError('UNAVAILABLE', 'the same visitor joins many times at once', { retryAfterSeconds: 2 });
}

/** A shard's last number, to be shared. Undefined: none waits there, so a place of its own takes nobody's time. */
async function lastWaiting(deps: JoinDeps, { line, serving }: JoinRequest, shard: number) {
  const seq = await deps.counters.lastNumber(line, shard);
  return seq > 0 && !isCalled({ shard, seq }, serving) ? seq : undefined;
}
