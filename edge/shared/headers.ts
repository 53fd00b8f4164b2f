/**
 * Headers no client of ours sends: they override method or path, claim to come from inside, or ask for another protocol.
 * Refused, not just removed, so that whoever probes gets nowhere and no origin ever sees one. `upgrade` is hidden from
 * edge functions (CloudFront's list of disallowed headers), so WebSocket is told by its key.
 */
const overriding =
  /^(?:x-(?:http-method(?:-override)?|method-override|original-ur[il]|rewrite-url|forwarded-(?:prefix|uri|path)|user-id|(?:edge|queue|vwr)-verified)|upgrade|sec-websocket-(?:key|version))$/;

/** Of our own names a client may say these (contract/token-names.ts); the others are said behind CloudFront only. */
const internal = /^x-urr-(?!(?:ticket|vwr-token|visitor|event|open)$)/;

/** `name` in lower case. */
export const isForbiddenHeader = (name: string) => internal.test(name) || overriding.test(name);

/**
 * Taken away at the viewer: CloudFront then writes the viewer's own address alone, and a forged one (E3) never arrives.
 * The gate, behind it, must leave it.
 */
export const forwardedForHeader = 'x-forwarded-for';
