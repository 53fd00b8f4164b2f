import type { Reservation, ReservationState } from '#contract/sale.ts';

/**
 * The life of a reservation. `expired` and `cancelled` are final: a seat that points to such a reservation is free until
 * another reservation claims it.
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

/** Dead: the state is final, and the reservation never owns a seat again. A claim may therefore rely on an old read. */
export const isDead = (state: ReservationState): boolean => next[state].length === 0;

/**
 * True: the reservation ended before all its seats were claimed. Each change raises the version by one, and `claiming` is
 * version 1.
 */
export const wasNeverPending = (reservation: Pick<Reservation, 'state' | 'version'>): boolean =>
  isDead(reservation.state) && reservation.version === 2;

/** Undecided and past its end: any worker may expire it. */
export const isOverdue = (reservation: Pick<Reservation, 'state' | 'expiresAtMs'>, nowMs: number): boolean =>
  (reservation.state === 'claiming' || reservation.state === 'pending') && reservation.expiresAtMs <= nowMs;

/** The new end of an extended reservation, never past its maximum and never earlier than the present end. */
export const extendedEnd = (
  reservation: Pick<Reservation, 'expiresAtMs' | 'expiresAtMaxMs'>,
  nowMs: number,
  extendMs: number,
): number => Math.max(reservation.expiresAtMs, Math.min(reservation.expiresAtMaxMs, nowMs + extendMs));

/** Seats that the reservation still owns: without those refunded singly. */
export const ownedSeatIds = ({
  seatIds,
  givenBackSeatIds = [],
}: Pick<Reservation, 'seatIds' | 'givenBackSeatIds'>): readonly string[] =>
  seatIds.filter((seatId) => !givenBackSeatIds.includes(seatId));

/** The reservation no longer owns this seat and never will again. */
export const hasReleased = (
  { state, givenBackSeatIds = [] }: Pick<Reservation, 'state' | 'givenBackSeatIds'>,
  seatId: string,
): boolean => isDead(state) || givenBackSeatIds.includes(seatId);
