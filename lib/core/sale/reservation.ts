import type { Reservation, ReservationState } from '#contract/sale.ts';

/**
 * The life of a reservation. `expired` and `cancelled` are final: a seat that points to such a reservation is free, and
 * stays free until somebody else claims it.
 *
 *   claiming ──all seats claimed──▶ pending ──paid──▶ confirmed
 *      │                              │                   │
 *      ├──time──▶ expired ◀───time────┤                   │
 *      └─conflict▶ cancelled ◀─buyer──┴──────refund───────┘
 */
const next: Record<ReservationState, readonly ReservationState[]> = {
  claiming: ['pending', 'expired', 'cancelled'],
  pending: ['confirmed', 'expired', 'cancelled'],
  confirmed: ['cancelled'],
  expired: [],
  cancelled: [],
};

export const canBecome = (from: ReservationState, to: ReservationState): boolean => next[from].includes(to);

/** Dead: will never own a seat again. Terminal, so a claim may rely on an old reading of it. */
export const isDead = (state: ReservationState): boolean => next[state].length === 0;

/**
 * Died before all its seats were claimed: every change raises the version by one, and a reservation begins as claiming
 * with version 1.
 */
export const wasNeverPending = (reservation: Pick<Reservation, 'state' | 'version'>): boolean =>
  isDead(reservation.state) && reservation.version === 2;

/** Still undecided, and its time is over: anyone may expire it. */
export const isOverdue = (reservation: Pick<Reservation, 'state' | 'expiresAtMs'>, nowMs: number): boolean =>
  (reservation.state === 'claiming' || reservation.state === 'pending') && reservation.expiresAtMs <= nowMs;

/** A new end for an extended reservation, never past its maximum and never earlier than now promised. */
export const extendedEnd = (
  reservation: Pick<Reservation, 'expiresAtMs' | 'expiresAtMaxMs'>,
  nowMs: number,
  extendMs: number,
): number => Math.max(reservation.expiresAtMs, Math.min(reservation.expiresAtMaxMs, nowMs + extendMs));

/** Seats that the reservation still has a right to: those given back singly are anybody's. */
export const ownedSeatIds = ({
  seatIds,
  givenBackSeatIds = [],
}: Pick<Reservation, 'seatIds' | 'givenBackSeatIds'>): readonly string[] =>
  seatIds.filter((seatId) => !givenBackSeatIds.includes(seatId));

/** The reservation will never own this seat again. */
export const hasLeft = (
  { state, givenBackSeatIds = [] }: Pick<Reservation, 'state' | 'givenBackSeatIds'>,
  seatId: string,
): boolean => isDead(state) || givenBackSeatIds.includes(seatId);
