/** `name=value` of a Cookie header or a query, as the client spelt it. */
export interface Pair {
  readonly name: string;
  readonly value: string;
}

/** One more than any limit on cookies or query parameters, so that too many are seen as too many. */
const pairsMax = 256;

export const pairsOf = (text: string, separator: ';' | '&'): Pair[] =>
  text === '' ? [] : text.split(separator, pairsMax).map(pairOf);

export function pairOf(text: string): Pair {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  return { name: name.trim(), value: equals < 0 ? '' : text.slice(equals + 1).trim() };
}
