import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { indexShardOf } from '#contract/sale-tables.ts';
import { type OldestQuery, oldestOf, updateIf } from './conditional.ts';

/**
 * Announcements for the statistics are stored in the item of the reservation or payment, by the same write as the change,
 * until a publisher has sent them. A crash can delay an announcement but not lose it (C6.5).
 */
const announcementSchema = z.object({
  state: z.string().min(1).max(20),
  atMs: z.int().min(0),
  /** Of a refund: its number if the order continues, and the refunded seats and amount. */
  part: z.int().min(1).optional(),
  seats: z.int().min(0).optional(),
  amountKrw: z.int().min(0).optional(),
});
export type Announcement = z.infer<typeof announcementSchema>;

/** A state is reached at most once, and an order of twenty seats has at most twenty partial refunds. */
const announcementsMax = 64;
export const outboxAttributes = {
  outboxShard: z.string().optional(),
  outboxAtMs: z.int().optional(),
  outbox: z.array(announcementSchema).max(announcementsMax).optional(),
};

interface Unpublished<Subject> {
  readonly subject: Subject;
  readonly announcements: readonly Announcement[];
}

export interface Outbox<Subject> {
  /** Returns unsent changes, oldest first, of at most `limit` readable items that are not set aside. */
  listUnpublished(
    limit: number,
    isSetAside?: (subject: Subject) => boolean,
  ): Promise<readonly Unpublished<Subject>[]>;
  /** Removes the sent changes. If the item has changed since, nothing is removed and the next round sends them again. */
  markPublished(subject: Subject): Promise<void>;
}

/** Returns the parts of an update expression that announce a change. */
export const announcementUpdate = (id: string, announcement: Announcement) => ({
  sets: [
    'outbox = list_append(if_not_exists(outbox, :none), :announcement)',
    'outboxShard = :shard',
    'outboxAtMs = :at',
  ],
  values: {
    ':none': [],
    ':announcement': [announcement],
    ':shard': indexShardOf(id),
    ':at': announcement.atMs,
  },
});

/** The outboxes of a table's items. */
export function createOutbox<
  Stored extends { readonly outbox?: readonly Announcement[] | undefined },
  Subject extends { readonly version: number },
>(
  client: DynamoDBDocumentClient,
  of: Pick<OldestQuery<unknown>, 'table' | 'index' | 'onUnreadable'> & {
    readonly nowMs: () => number;
    /** Throws UnreadableItemError. */
    readonly toStored: (item: unknown) => Stored;
    readonly subjectOf: (stored: Stored) => Subject;
    readonly keyOf: (subject: Subject) => Record<string, string>;
  },
): Outbox<Subject> {
  const { table, index, onUnreadable, nowMs, toStored, subjectOf, keyOf } = of;
  return {
    listUnpublished: (limit, isSetAside) =>
      oldestOf(client, {
        table,
        index,
        beforeMs: nowMs(),
        limit,
        parse: (item) => {
          const stored = toStored(item);
          return { subject: subjectOf(stored), announcements: stored.outbox ?? [] };
        },
        onUnreadable,
        isSetAside: isSetAside && (({ subject }) => isSetAside(subject)),
      }),

    async markPublished(subject) {
      await updateIf(client, {
        table,
        key: keyOf(subject),
        update: 'REMOVE outbox, outboxShard, outboxAtMs',
        conditions: { 'nothing was added meanwhile': 'version = :version' },
        values: { ':version': subject.version },
      });
    },
  };
}
