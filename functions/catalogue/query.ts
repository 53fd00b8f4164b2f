import { z } from 'zod';
import { eventIdSchema, eventStateSchema } from '#contract/event.ts';
import { UrrError } from '#core/errors.ts';
import type { CatalogueCursor, CatalogueQuery } from '#core/events/catalogue.ts';
import { parseInput } from '#core/parse.ts';

/** A longer search matches nothing. The search field of the pages has the same limit. */
const searchLengthMax = 100;

/** The list leaves out closed events, whose own page still exists, and drafts, which have no page. */
const querySchema = z.strictObject({
  search: z.string().max(searchLengthMax).default(''),
  status: eventStateSchema.exclude(['draft', 'closed']).optional(),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,200}$/)
    .optional(),
});

const cursorSchema = z.tuple([z.int().nullable(), eventIdSchema]);

/**
 * Parses the query of the list.
 *
 * @param raw the unparsed query: the gateway's parsed form joins the values of a repeated name with a comma
 * @throws UrrError BAD_REQUEST for an unknown name, a repeated name, or a value out of its bounds
 */
export function parseQuery(raw: string): CatalogueQuery {
  const { search, status, cursor } = parseInput(querySchema, namedOnce(raw), 'query');
  return { search, status, after: cursor === undefined ? undefined : parseCursor(cursor) };
}

/** @throws UrrError BAD_REQUEST for a repeated name */
export function namedOnce(raw: string): Record<string, string> {
  const given = [...new URLSearchParams(raw)];
  const byName = new Map(given);
  if (byName.size !== given.length)
    throw new UrrError('BAD_REQUEST', 'a query parameter is repeated; send each name once');
  return Object.fromEntries(byName);
}

/** Opaque to clients. It holds nothing that the list does not show, so it needs no signature. */
export const formatCursor = ({ startsAtMs, eventId }: CatalogueCursor): string =>
  Buffer.from(JSON.stringify([startsAtMs, eventId])).toString('base64url');

function parseCursor(cursor: string): CatalogueCursor {
  const [startsAtMs, eventId] = parseInput(cursorSchema, decoded(cursor), 'cursor');
  return { startsAtMs, eventId };
}

function decoded(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
