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

interface JoinRequest {
  readonly line: Line;
  readonly shards: number;
  /** Highest number called per shard, as last read. */
  readonly serving: Vector;
  /** Highest number lost per shard: an unclaimed place up to it may be replaced. */
  readonly expired: Vector;
  /** The identity that joins. */
  readonly subject: string;
  /** End of the place's lifetime, in seconds since 1970 (place.ts, placeEnd). */
  readonly endsAt: number;
  /** Identities whose place counts as the joiner's; read before a number is allocated. */
  readonly known: readonly string[];
  /** True: `subject` is an account, and a place found under another of these identities moves to it. */
  readonly isBound: boolean;
  /** Called before a number is given out; throws when the network's joins are used up. */
  readonly numbering: () => Promise<Numbering>;
}

/** Attempts to store a place: a concurrent join may store another one that is expired too. */
const putAttemptsMax = 3;

/**
 * Returns an identity's place: the one it has, or a new one at the end.
 *
 *   read ─▶ allocate ─▶ store          a crash before "store" loses a number and no place (E10)
 *
 * The number is allocated last but one, so repeated requests lose none. A request that loses the race to store returns the
 * winner's place.
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
  // A person with two places, as visitor and as account, keeps the one in front: a response never replaces a better ticket.
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
  throw new UrrError('UNAVAILABLE', 'this visitor joined several times at once; please try again', {
    retryAfterSeconds: 2,
  });
}

/** Last number of a shard, to be shared. Undefined: nobody waits there, so a number of its own delays nobody. */
async function lastWaiting(deps: JoinDeps, { line, serving }: JoinRequest, shard: number) {
  const seq = await deps.counters.lastNumber(line, shard);
  return seq > 0 && !isCalled({ shard, seq }, serving) ? seq : undefined;
}
