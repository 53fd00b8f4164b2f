import type { Place } from './place.ts';
import type { PlaceStore } from './ports.ts';

/**
 * Makes a visitor's place the account's, after they have signed in.
 *
 *   name the account on the visitor's place ─▶ store the same place under the account
 *
 * Each step is one conditional write. The first binds a visitor's place to one account for good, so no second account can
 * take it too; the second lets an account that stands already keep its own place. A crash between them is mended by
 * any repeat, and a repeat changes nothing.
 *
 * @param own the account's own place, if it has one that no longer stands
 * @returns the place in which the account stands; undefined: the visitor's place is gone or is another account's
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
