/**
 * Headers that no client of URR sends: they override method or path, imitate internal headers, or request another
 * protocol. A request with one is refused, so no origin ever receives one. Edge functions cannot read `upgrade`
 * (CloudFront's list of disallowed headers), so a WebSocket is recognised by its key.
 */
const overriding =
  /^(?:x-(?:http-method(?:-override)?|method-override|original-ur[il]|rewrite-url|forwarded-(?:prefix|uri|path)|user-id|(?:edge|queue|vwr)-verified)|upgrade|sec-websocket-(?:key|version))$/;

/** Clients may send only these of URR's headers (contract/token-names.ts). The others are set behind CloudFront. */
const internal = /^x-urr-(?!(?:ticket|vwr-token|visitor|event|open)$)/;

/** @param name in lower case */
export const isForbiddenHeader = (name: string) => internal.test(name) || overriding.test(name);

/**
 * Removed from the viewer request, so that CloudFront sets the viewer's own address and a forged one never arrives
 * (E3). The gate runs behind CloudFront and must keep it.
 */
export const forwardedForHeader = 'x-forwarded-for';
