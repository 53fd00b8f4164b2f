import type { Place } from './place.ts';
import type { PlaceStore } from './ports.ts';

/**
 * Moves a visitor's place to the account after the sign-in.
 *
 *   name the account on the visitor's place ─▶ store the same place under the account
 *
 * Each step is one conditional write. The first binds the place to one account permanently, so a second account cannot
 * take it. The second keeps a valid place that the account already has. A repeat completes the move after a crash between
 * the steps, and otherwise changes nothing.
 *
 * @param own the account's own place, if it has one that is no longer valid
 * @returns the account's place; undefined: the visitor's place is gone or belongs to another account
 */
export async function bindPlace(
  places: Pick<PlaceStore, 'bind' | 'put'>,
  { place, account, own }: { place: Place; account: string; own: Place | undefined },
  nowMs: number,
): Promise<Place | undefined> {
  if ((await places.bind(place, place.subject, place.requestId, account)) !== 'bound') return undefined;
  const { account: _bound, ...same } = place;
  const moved: Place = { ...same, subject: account };
  const put = await places.put(moved, nowMs, own?.requestId);
  return put.kind === 'stored' ? moved : put.place;
}
