/** Returns the hex digits of a SHA-256. A parameter, because lib/core contains no cryptography. */
export type Sha256Hex = (text: string) => string;

/** Joins parts with their lengths, so that different parts never give the same text. */
const joined = (parts: readonly (string | number)[]) =>
  parts.map((part) => `${String(part).length}:${part}`).join(',');

/**
 * The id of the reservation of one attempt with an Idempotency-Key: a retry finds its own reservation and never another
 * one's. A UUID of version 8 (RFC 9562: custom content). Its first digit is evenly distributed and names the index
 * partition.
 */
export function reservationIdOf(
  sha256: Sha256Hex,
  request: { eventId: string; userId: string; key: string; attempt: number },
): string {
  const { eventId, userId, key, attempt } = request;
  const hex = sha256(joined(['reservation', eventId, userId, key, attempt]));
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The order id of one attempt to pay a reservation, the same at every call. 32 hex digits. */
export const orderIdOf = (sha256: Sha256Hex, reservationId: string, attempt: number): string =>
  sha256(joined(['order', reservationId, attempt])).slice(0, 32);
