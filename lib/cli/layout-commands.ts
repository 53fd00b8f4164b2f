import { z } from 'zod';
import { parseJson } from '#adapters/json.ts';
import { eventIdSchema } from '#contract/event.ts';
import { type SeatLayout, seatLayoutSchema, seatsPerEventMax } from '#contract/sale.ts';
import { UrrError } from '#core/errors.ts';
import { indexSeats, layoutProblems } from '#core/sale/seat-index.ts';
import type { Target } from './target.ts';
import { UsageError } from './usage-error.ts';

export interface LayoutReport {
  readonly layout: SeatLayout;
  readonly seats: number;
}

/** A file contains the sections alone, or a whole layout as printed by `layout show --json`. */
const fileSchema = z.strictObject({
  eventId: eventIdSchema.optional(),
  revision: z.int().min(1).optional(),
  sections: seatLayoutSchema.shape.sections,
});
const shownSchema = z.strictObject({ layout: fileSchema, seats: z.int().optional() });
/** Most problems listed: a file with a thousand problems repeats the same few. */
const problemsMax = 10;

/**
 * Stores an event's seats as the next revision. Seats keep their state by their names, so a running sale continues.
 *
 * @throws UsageError for a file that is not a layout; UrrError EVENT_NOT_FOUND, CONFLICT (another change came first)
 */
export async function putLayout(target: Target, eventId: string, text: string): Promise<LayoutReport> {
  const { sections, eventId: named } = readFile(text);
  if (named !== undefined && named !== eventId)
    throw new UsageError(
      `the file is the layout of ${named}, not of ${eventId}; to copy it, remove eventId from the file`,
    );
  if ((await target.events.inspect(eventId)) === undefined)
    throw new UrrError('EVENT_NOT_FOUND', `there is no event ${eventId}`);
  const before = await target.layouts.get(eventId);
  const layout: SeatLayout = { eventId, revision: (before?.revision ?? 0) + 1, sections };
  const problems = layoutProblems(layout, seatsPerEventMax);
  if (problems.length > 0) throw new UsageError(problems.slice(0, problemsMax).join('; '));
  await target.layouts.putLayout(layout);
  return report(layout);
}

export async function showLayout(target: Target, eventId: string): Promise<LayoutReport> {
  const layout = await target.layouts.get(eventId);
  if (layout === undefined)
    throw new UrrError('NOT_FOUND', `event ${eventId} has no seats yet; add them with layout put`);
  return report(layout);
}

const report = (layout: SeatLayout): LayoutReport => ({ layout, seats: indexSeats(layout).seatIds.length });

function readFile(text: string): z.infer<typeof fileSchema> {
  const json = parseJson(text);
  const shown = shownSchema.safeParse(json);
  if (shown.success) return shown.data.layout;
  const parsed = fileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the file'}: ${message}`,
  );
  throw new UsageError(`the file is not a layout; correct it: ${problems.slice(0, problemsMax).join('; ')}`);
}
