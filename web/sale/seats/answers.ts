import {
  count,
  flag,
  list,
  object,
  oneOf,
  optional,
  type Read,
  type Reader,
  ShapeError,
  text,
} from '../../shared/decode.ts';

/** The parts of lib/contract/sale-http.ts and sales.ts that the sale's pages read; a test compares the two. */
const sectionsMax = 200;
const rowsMax = 500;
const seatsMax = 20;

const words = object({ ko: text, en: text });
const common = { id: text, name: words, grade: text, priceKrw: count };
const seated = object({
  kind: oneOf('seated'),
  ...common,
  rows: list(object({ label: text, seats: count }), rowsMax),
});
const standing = object({ kind: oneOf('standing'), ...common, capacity: count });
const section: Reader<Read<typeof seated> | Read<typeof standing>> = (value) =>
  object({ kind: text })(value).kind === 'standing' ? standing(value) : seated(value);

export const seatLayout = object({ eventId: text, revision: count, sections: list(section, sectionsMax) });

const digits: Reader<Readonly<Record<string, string>>> = (value) => {
  if (typeof value !== 'object' || value === null) throw new ShapeError('expected digits by section');
  return Object.fromEntries(Object.entries(value).map(([id, own]) => [id, text(own)]));
};
export const seatStatuses = object({
  layoutRevision: count,
  asOfMs: count,
  version: count,
  nextPoll: count,
  sections: digits,
});
export type Statuses = Read<typeof seatStatuses>;

const reservationState = oneOf('claiming', 'pending', 'confirmed', 'expired', 'cancelled');
/** The refund of a cancellation now, seat by seat. */
const refundNow = object({
  isRefundable: flag,
  feePercent: count,
  /** End of the step of the refund policy that these figures belong to. */
  untilMs: optional(count),
  seats: list(object({ seatId: text, paidKrw: count, refundKrw: count }), seatsMax),
});
export type RefundNow = Read<typeof refundNow>;
const reservationMembers = {
  reservationId: text,
  eventId: text,
  seatIds: list(text, seatsMax),
  amountKrw: count,
  state: reservationState,
  createdAtMs: count,
  expiresAtMs: count,
  expiresAtMaxMs: count,
  orderId: optional(text),
  givenBackSeatIds: optional(list(text, seatsMax)),
  refund: optional(refundNow),
};
export const mineAnswer = object({
  reservations: list(object(reservationMembers), 100),
  serverTimeMs: count,
});
export const reservation = object(reservationMembers);
export type Reservation = Read<typeof reservation>;
export const reservationAnswer = object({ ...reservationMembers, serverTimeMs: count });
export const holdAnswer = object({ ...reservationMembers, serverTimeMs: count, fence: count });
export type HoldAnswer = Read<typeof holdAnswer>;

/** Details of the refusals SEATS_TAKEN, TOO_MANY_REQUESTS, SEATS_PER_ACCOUNT and RESERVATION_OVER. */
export const takenDetails = object({ seatIds: list(text, seatsMax) });
export const reasonDetails = object({ reason: text });
export const leftDetails = object({ left: count });
export const overDetails = object({ state: reservationState });
