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

/** What a file may say: the sections alone, or a whole layout as `layout show --json` printed it. */
const fileSchema = z.strictObject({
  eventId: eventIdSchema.optional(),
  revision: z.int().min(1).optional(),
  sections: seatLayoutSchema.shape.sections,
});
const shownSchema = z.strictObject({ layout: fileSchema, seats: z.int().optional() });
/** Problems told at once: a file that is wrong in a thousand places is wrong in the same way. */
const problemsMax = 10;

/**
 * Gives an event its seats, as the next revision. Seats keep their state by their names, so a sale that is on goes on.
 *
 * @throws UsageError for a file that is no layout; UrrError EVENT_NOT_FOUND, CONFLICT (someone else was faster)
 */
export async function putLayout(target: Target, eventId: string, text: string): Promise<LayoutReport> {
  const { sections, eventId: named } = readFile(text);
  if (named !== undefined && named !== eventId)
    throw new UsageError(
      `the file is the layout of ${named}, not of ${eventId}: take its eventId out to copy it`,
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
    throw new UrrError('NOT_FOUND', `event ${eventId} has no seats yet: layout put gives it some`);
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
  throw new UsageError(`the file is no layout: ${problems.slice(0, problemsMax).join('; ')}`);
}
