import { api } from '../../shared/addresses.ts';
import type { CatalogueEvent } from '../../shared/answers.ts';
import type { PagePorts } from '../../shared/page-ports.ts';
import { requestSignedIn } from '../../shared/signed-in.ts';
import { mineAnswer } from './answers.ts';

/** Seats that the account may have in addition to those it has paid for; null: not known. */
export async function seatsLeftOf(
  ports: PagePorts,
  { eventId, seatsPerAccount }: Pick<CatalogueEvent, 'eventId' | 'seatsPerAccount'>,
): Promise<number | null> {
  if (seatsPerAccount === undefined) return null;
  const answer = await requestSignedIn(ports, api.reservations, mineAnswer, { cache: 'no-store' });
  if (answer.kind !== 'ok') return null;
  const owned = answer.value.reservations
    .filter((own) => own.eventId === eventId && own.state === 'confirmed')
    .reduce((sum, { seatIds, givenBackSeatIds = [] }) => sum + seatIds.length - givenBackSeatIds.length, 0);
  return Math.max(0, seatsPerAccount - owned);
}
