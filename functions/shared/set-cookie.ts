/** A Set-Cookie line. Scripts cannot read the cookie, and forms of other sites do not send it. */
export const setCookie = (
  name: string,
  value: string,
  maxAgeSeconds: number,
  sameSite: 'Lax' | 'Strict' = 'Lax',
): string =>
  `${name}=${value}; Max-Age=${Math.max(0, maxAgeSeconds)}; Path=/; Secure; HttpOnly; SameSite=${sameSite}`;
