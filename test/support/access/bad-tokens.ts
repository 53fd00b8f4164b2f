import { createHmac } from 'node:crypto';
import { tokenType } from '#contract/tokens.ts';

/** What the inputs consist of: a gated event of mode `both`, a visitor, and a signing key. */
export interface BadInputKit {
  readonly eventId: string;
  readonly otherEventId: string;
  readonly visitor: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly publicJwk: Readonly<Record<string, unknown>>;
  /** Returns the ES256 signature of a signing input in base64url. */
  readonly signature: (signingInput: string) => string;
}

const b64 = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export function validPass(kit: BadInputKit): string {
  return signed(kit, kit.header, kit.claims);
}
export function signed(kit: BadInputKit, header: unknown, claims: unknown): string {
  const signingInput = `${b64(header)}.${b64(claims)}`;
  return `${signingInput}.${kit.signature(signingInput)}`;
}
type BadToken = readonly [number: number, name: string, token: string, visitor?: string];

/** Tokens that the gate must not accept as a pass of the event. */
export function badTokens(kit: BadInputKit): BadToken[] {
  const { header, claims } = kit;
  const good = validPass(kit);
  const [head = '', body = '', signature = ''] = good.split('.');
  const withHeader = (more: object) => signed(kit, { ...header, ...more }, claims);
  const withClaims = (more: object) => signed(kit, header, { ...claims, ...more });
  const without = (key: string) =>
    Object.fromEntries(Object.entries(claims).filter(([name]) => name !== key));
  const nowSeconds = Number(claims.iat);
  const rawClaims = JSON.stringify(claims);
  const hs256 = (secret: string) => {
    const input = `${b64({ ...header, alg: 'HS256' })}.${body}`;
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  };
  const other = 'A'.repeat(43);
  return [
    [35, 'alg none, no signature', `${b64({ ...header, alg: 'none' })}.${body}.`],
    [35, 'alg none, a signature', withHeader({ alg: 'none' })],
    [35, 'alg nOnE', `${b64({ ...header, alg: 'nOnE' })}.${body}.${signature}`],
    [36, 'HS256 with the public key as JSON', hs256(JSON.stringify(kit.publicJwk))],
    [36, 'HS256 with the public key x', hs256(String(kit.publicJwk.x))],
    [36, 'alg HS256 with an ES256 signature', withHeader({ alg: 'HS256' })],
    [36, 'alg ES384', withHeader({ alg: 'ES384' })],
    [37, 'empty', ''],
    [37, 'one part', head],
    [37, 'two parts', `${head}.${body}`],
    [37, 'four parts', `${good}.${signature}`],
    [37, 'empty signature', `${head}.${body}.`],
    [37, 'all-zero r,s', `${head}.${body}.${'A'.repeat(86)}`],
    [37, 'all-one r,s', `${head}.${body}.${'_'.repeat(85)}w`],
    [37, 'signature of another token', `${head}.${b64({ ...claims, seq: 1 })}.${signature}`],
    [37, 'DER signature', `${head}.${body}.MEUCIQ${'A'.repeat(88)}`],
    [38, 'kid missing', signed(kit, { alg: header.alg, typ: header.typ }, claims)],
    [38, 'kid unknown', withHeader({ kid: 'never-seen' })],
    [38, 'kid a path', withHeader({ kid: '../../dev/null' })],
    [38, 'kid of 10 KB', withHeader({ kid: 'k'.repeat(10_000) })],
    [38, 'kid an array', withHeader({ kid: [header.kid] })],
    [38, 'kid constructor', withHeader({ kid: 'constructor' })],
    [38, 'kid __proto__', withHeader({ kid: '__proto__' })],
    [39, 'header jwk', withHeader({ jwk: kit.publicJwk })],
    [39, 'header jku', withHeader({ jku: 'https://evil.example/keys' })],
    [39, 'header x5u', withHeader({ x5u: 'https://evil.example/cert' })],
    [39, 'header crit', withHeader({ crit: ['exp'] })],
    [39, 'header b64 false', withHeader({ b64: false, crit: ['b64'] })],
    [40, 'another iss', withClaims({ iss: 'https://evil.example' })],
    [40, 'another aud', withClaims({ aud: kit.otherEventId })],
    [40, 'aud an array', withClaims({ aud: [kit.eventId] })],
    [40, 'typ of a ticket', withHeader({ typ: tokenType.ticket })],
    [40, 'typ of an entry token', withHeader({ typ: tokenType.entry })],
    [40, 'typ JWT', withHeader({ typ: 'JWT' })],
    [40, 'event id in another case', withClaims({ aud: kit.eventId.toUpperCase() })],
    [41, 'exp absent', signed(kit, header, without('exp'))],
    [41, 'exp a string', withClaims({ exp: String(claims.exp) })],
    [41, 'exp NaN', signed(kit, header, rawClaims.replace(/"exp":\d+/, '"exp":NaN'))],
    [41, 'exp 1e309', signed(kit, header, rawClaims.replace(/"exp":\d+/, '"exp":1e309'))],
    [41, 'exp negative', withClaims({ exp: -1 })],
    [41, 'exp a fraction', withClaims({ exp: nowSeconds + 60.5 })],
    [41, 'expired by more than the skew', withClaims({ iat: nowSeconds - 665, exp: nowSeconds - 65 })],
    [41, 'iat after now by more than the skew', withClaims({ iat: nowSeconds + 90, exp: nowSeconds + 600 })],
    [41, 'longer than a pass lives', withClaims({ exp: nowSeconds + 601 })],
    [41, 'nbf in the future', withClaims({ nbf: nowSeconds + 3600 })],
    [42, 'padding', `${head}.${body}.${signature}==`],
    [42, 'whitespace', `${head}.${body} .${signature}`],
    [42, 'base64, not base64url', `${head}.${body}.${signature.slice(0, 84)}+/`],
    [42, 'trailing bits of the signature', `${head}.${body}.${bumpLast(signature)}`],
    [42, 'trailing bits of the payload', trailing(kit, head)],
    [43, 'key twice', signed(kit, header, rawClaims.replace('{', `{"aud":"${kit.otherEventId}",`))],
    [43, 'header key twice', signed(kit, JSON.stringify(header).replace('{', '{"alg":"none",'), claims)],
    [43, 'deep JSON', signed(kit, header, `{"a":${'['.repeat(600)}${']'.repeat(600)}}`)],
    [43, 'invalid UTF-8', invalidUtf8(kit, rawClaims)],
    [43, 'whitespace in JSON', signed(kit, header, rawClaims.replace('{', '{ '))],
    [43, 'unknown claim', withClaims({ admin: true })],
    [43, 'payload an array', signed(kit, header, '[]')],
    [44, 'revoked: an older generation', withClaims({ gen: Number(claims.gen) - 1 })],
    [44, 'a generation to come', withClaims({ gen: Number(claims.gen) + 1 })],
    [44, 'from another session', good, other],
    [44, 'of another visitor', withClaims({ sub: `v.${other}` })],
    [44, 'of a signed-in user, shown by nobody', withClaims({ sub: 'u.someone' })],
  ];
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Returns another spelling of the same bytes: the unused bits of the last character are set. */
function bumpLast(part: string): string {
  return part.slice(0, -1) + alphabet.charAt(alphabet.indexOf(part.slice(-1)) + 1);
}
/** A signature over a payload in a non-canonical spelling, which a verifier without that check accepts. */
function trailing(kit: BadInputKit, head: string): string {
  for (let seq = 1; seq <= 1000; seq *= 10) {
    const body = b64({ ...kit.claims, seq });
    if (body.length % 4 === 0) continue;
    const input = `${head}.${bumpLast(body)}`;
    return `${input}.${kit.signature(input)}`;
  }
  throw new Error('every payload fills its last character');
}
function invalidUtf8(kit: BadInputKit, rawClaims: string): string {
  const bytes = Buffer.concat([
    Buffer.from(rawClaims.slice(0, -2)),
    Buffer.from([0xc3, 0x28]),
    Buffer.from('"}'),
  ]);
  const input = `${b64(kit.header)}.${bytes.toString('base64url')}`;
  return `${input}.${kit.signature(input)}`;
}
