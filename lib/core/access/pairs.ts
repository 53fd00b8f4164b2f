/** `name=value` of a Cookie header or a query, still escaped. */
export interface Pair {
  readonly name: string;
  readonly value: string;
}

/** More than every limit of cookies and query parameters, so that a longer list is refused. */
const pairsMax = 256;

export const pairsOf = (text: string, separator: ';' | '&'): Pair[] =>
  text === '' ? [] : text.split(separator, pairsMax).map(pairOf);

export function pairOf(text: string): Pair {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  return { name: name.trim(), value: equals < 0 ? '' : text.slice(equals + 1).trim() };
}
