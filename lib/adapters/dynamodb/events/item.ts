import { z } from 'zod';
import { eventIdSchema, storedEventSchema, type UrrEvent } from '#contract/event.ts';
import type { StopFlags } from '#core/events/last-good.ts';
import type { ItemProblem } from '#core/events/ports.ts';

/** Longest shown part of a wrong value, in characters. */
const shownLengthMax = 80;
/** Most problems reported per item. */
const problemsMax = 20;

type ReadItem =
  | { readonly kind: 'usable'; readonly event: UrrEvent }
  | {
      readonly kind: 'unusable';
      /** Undefined: the item's key is not an event id. */
      readonly eventId: string | undefined;
      readonly problems: readonly ItemProblem[];
      readonly stops: StopFlags;
    };

/** Parses an item of the events table, which organizers also edit in the console. */
export function readEventItem(item: unknown): ReadItem {
  const parsed = storedEventSchema.safeParse(item);
  if (parsed.success) return { kind: 'usable', event: parsed.data };
  const key = z.object({ eventId: eventIdSchema }).safeParse(item);
  return {
    kind: 'unusable',
    eventId: key.success ? key.data.eventId : undefined,
    problems: parsed.error.issues.slice(0, problemsMax).map(({ path, message }) => ({
      attribute: path.join('.'),
      problem: message,
      value: shown(item, path),
    })),
    stops: stopsSchema.parse(item),
  };
}

/** Each attribute is read alone, so an unusable one hides no other. */
const stopsSchema = z
  .object({
    generation: z.int().min(1).catch(0),
    revision: z.int().min(0).catch(0),
    onSale: z.literal('live').optional().catch(undefined),
    isDraft: z.boolean().catch(false),
    isPaused: z.boolean().catch(false),
    isSoldOut: z.boolean().catch(false),
  })
  .transform(({ onSale, ...stops }): StopFlags => ({ ...stops, isLive: onSale !== undefined }));

/** Returns the value at a path of the item, as shortened JSON; undefined: there is none. */
function shown(item: unknown, path: readonly PropertyKey[]): string | undefined {
  const value = path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined),
    item,
  );
  const text = value === undefined ? undefined : JSON.stringify(value);
  return text !== undefined && text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text;
}
