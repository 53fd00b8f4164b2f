/** Hex digits of a SHA-256. Given, because the rules do no cryptography themselves. */
export type Sha256Hex = (text: string) => string;

/** Parts that cannot be shifted into one another: each stands with its length. */
const joined = (parts: readonly (string | number)[]) =>
  parts.map((part) => `${String(part).length}:${part}`).join(',');

/**
 * The reservation of one attempt behind an Idempotency-Key: a retry finds its own, and nobody else's. A UUID of
 * version 8 (RFC 9562: content of one's own making), random in its first digit, which names the index partition.
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

/** The order of one attempt to pay a reservation: asking again gives the same. 32 hex digits. */
export const orderIdOf = (sha256: Sha256Hex, reservationId: string, attempt: number): string =>
  sha256(joined(['order', reservationId, attempt])).slice(0, 32);
