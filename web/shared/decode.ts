/**
 * Readers for JSON from the network. The schemas of lib/contract define it, but their library is twice the size of the
 * waiting page. Unknown members are ignored on purpose: a cached page must understand a newer server.
 */
export type Reader<T> = (value: unknown) => T;

/** The JSON does not match the contract. Callers treat it as a lost response. */
export class ShapeError extends Error {}

function refuse(expected: string): never {
  throw new ShapeError(`expected ${expected}`);
}

export const text: Reader<string> = (value) => (typeof value === 'string' ? value : refuse('text'));
export const flag: Reader<boolean> = (value) =>
  typeof value === 'boolean' ? value : refuse('true or false');
export const number: Reader<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : refuse('a number');
/** A whole number, zero or more. */
export const count: Reader<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : refuse('a count');

export const oneOf =
  <const T extends string>(...allowed: readonly T[]): Reader<T> =>
  (value) =>
    allowed.find((word) => word === value) ?? refuse(allowed.join(' or '));

export const optional =
  <T>(reader: Reader<T>): Reader<T | undefined> =>
  (value) =>
    value === undefined ? undefined : reader(value);

export const nullable =
  <T>(reader: Reader<T>): Reader<T | null> =>
  (value) =>
    value === null ? null : reader(value);

export const list =
  <T>(reader: Reader<T>, lengthMax: number): Reader<T[]> =>
  (value) =>
    Array.isArray(value) && value.length <= lengthMax
      ? value.map(reader)
      : refuse(`a list of at most ${lengthMax}`);

type Shape = Readonly<Record<string, Reader<unknown>>>;
export type Read<R> = R extends Reader<infer T> ? T : never;

export function object<S extends Shape>(shape: S): Reader<{ readonly [K in keyof S]: Read<S[K]> }> {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('an object');
    const members = new Map(Object.entries(value));
    const read = Object.entries(shape).map(([name, reader]) => [name, reader(members.get(name))]);
    return Object.fromEntries(read);
  };
}

/** The value, or null if it has another shape. */
export function readOr<T>(value: unknown, reader: Reader<T>): T | null {
  try {
    return reader(value);
  } catch (error) {
    if (error instanceof ShapeError) return null;
    throw error;
  }
}

export const isShape = (value: unknown, reader: Reader<unknown>): boolean => readOr(value, reader) !== null;
