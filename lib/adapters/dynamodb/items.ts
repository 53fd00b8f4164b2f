import { core } from 'zod';
import { UnreadableItemError } from '#core/errors.ts';

/** Table and key of an item, by which an operator finds it in the console. */
export interface ItemPlace {
  readonly table: string;
  /** Values of its key attributes. */
  readonly key: string;
}

/** Called for each item that is set aside: it is counted, logged and raises an alarm (functions/shared/unreadable.ts). */
export type OnUnreadable = (error: UnreadableItemError) => void;

/** Most repeated parses of a value: an unknown attribute can hide another one, below a refinement or in a union. */
const roundsMax = 4;

/**
 * Parses a stored item. Attributes that the schema does not know are left out at every depth, also where the schema is
 * strict: a newer release writes them during a canary, and an operator can add them. Known attributes stay strict.
 *
 * @throws UnreadableItemError names table, key and attributes, never values
 */
export function parseItem<T>(schema: core.$ZodType<T>, item: unknown, place: ItemPlace): T {
  let value = item;
  for (let round = 1; ; round += 1) {
    const parsed = core.safeParse(schema, value);
    if (parsed.success) return parsed.data;
    const unknown = parsed.error.issues.filter((issue) => issue.code === 'unrecognized_keys');
    if (unknown.length === 0 || round === roundsMax) {
      const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      throw new UnreadableItemError(place.table, place.key, problems);
    }
    for (const { path, keys } of unknown) value = without(value, path, keys);
  }
}

/**
 * Parses each item alone. An unreadable item is reported and left out, so that it does not affect the others.
 *
 * @param parse throws UnreadableItemError, as parseItem does
 */
export function parseEach<Item, T>(
  items: Iterable<Item>,
  parse: (item: Item) => T,
  onUnreadable: (error: UnreadableItemError, item: Item) => void,
): T[] {
  const readable: T[] = [];
  for (const item of items) {
    try {
      readable.push(parse(item));
    } catch (error) {
      if (!(error instanceof UnreadableItemError)) throw error;
      onUnreadable(error, item);
    }
  }
  return readable;
}

/** Returns table and key of an item, for a report. */
export const placeOf = (table: string, item: unknown, ...keyAttributes: readonly string[]): ItemPlace => {
  const attributes = isMap(item) ? item : {};
  return { table, key: keyAttributes.map((name) => String(attributes[name])).join(' / ') };
};

/** Returns a copy of `value` without `keys` in the map at `path`. */
function without(value: unknown, path: readonly PropertyKey[], keys: readonly string[]): unknown {
  const [head, ...rest] = path;
  if (Array.isArray(value))
    return value.map((element, at) => (at === head ? without(element, rest, keys) : element));
  if (!isMap(value)) return value;
  const entries = Object.entries(value);
  if (head === undefined) return Object.fromEntries(entries.filter(([name]) => !keys.includes(name)));
  return Object.fromEntries(
    entries.map(([name, inner]) => [name, name === String(head) ? without(inner, rest, keys) : inner]),
  );
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Set);
