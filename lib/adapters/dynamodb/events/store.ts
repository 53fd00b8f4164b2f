import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { type core, z } from 'zod';
import { eventSchema, type UrrEvent } from '#contract/event.ts';
import { tables } from '#contract/tables.ts';
import { UrrError } from '#core/errors.ts';
import { applyStopFlags } from '#core/events/last-good.ts';
import type { EventInspection, EventPatch, EventStore, LiveEvents } from '#core/events/ports.ts';
import { problemText } from '#core/events/problem-text.ts';
import { parseInput } from '#core/parse.ts';
import { calling, conditionFailure } from '../translate.ts';
import { readEventItem } from './item.ts';
import { findLastGood } from './last-good.ts';

const { liveIndex } = tables.events;
const pageSize = 100;
/** Ten pages: 1,000 events on sale at once. More is reported as truncated, never read silently in part. */
const pagesMax = 10;

/**
 * Events in the events table, which organizers also edit in the console: an item is parsed at each read, and an unusable one
 * is replaced by its last usable state.
 */
export function createEventStore(
  client: DynamoDBDocumentClient,
  tableName: string,
  nowMs: () => number,
): EventStore {
  const nowIso = () => new Date(nowMs()).toISOString();

  const update = async (
    eventId: string,
    set: Attributes,
    remove: string[],
    clauses: Clauses,
  ): Promise<UrrEvent> => {
    const { expression, names, values } = updateExpression({ ...set, updatedAt: nowIso() }, remove);
    try {
      const { Attributes } = await calling(() =>
        client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: { eventId },
            UpdateExpression: expression,
            ConditionExpression: ['attribute_exists(eventId)', ...clauses.map(({ clause }) => clause)].join(
              ' AND ',
            ),
            ExpressionAttributeNames: { ...names, ...Object.assign({}, ...clauses.map((c) => c.names)) },
            ExpressionAttributeValues: { ...values, ...Object.assign({}, ...clauses.map((c) => c.values)) },
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      return changedEvent(eventId, Attributes);
    } catch (error) {
      const failure = conditionFailure(error);
      if (failure === undefined) throw error;
      if (failure.item === undefined) throw notFound(eventId);
      throw new UrrError(
        'CONFLICT',
        `event ${eventId} was changed by someone else in the meantime; read it again, then repeat the change`,
      );
    }
  };

  /** Returns the event of an item. An unusable item costs one more read. */
  const inspected = async (item: unknown): Promise<EventInspection> => {
    const read = readEventItem(item);
    if (read.kind === 'usable') return { event: read.event, invalid: undefined };
    const { eventId, problems, stops } = read;
    const lastGood = eventId === undefined ? undefined : await findLastGood(client, tableName, eventId);
    const state = lastGood?.state;
    return {
      event: state === undefined ? undefined : applyStopFlags(state, stops),
      invalid: {
        eventId,
        problems,
        unusableSince: lastGood?.unusableSince,
        runsOn: state === undefined ? undefined : lastGood?.keptAt,
      },
    };
  };

  const inspect = async (eventId: string, read?: 'latest'): Promise<EventInspection | undefined> => {
    const get = new GetCommand({ TableName: tableName, Key: { eventId }, ConsistentRead: read === 'latest' });
    const { Item } = await calling(() => client.send(get));
    return Item === undefined ? undefined : inspected(Item);
  };

  return {
    async get(eventId, read) {
      const found = await inspect(eventId, read);
      if (found === undefined) return undefined;
      if (found.event === undefined) throw neverUsable(found);
      return found.event.isDraft ? undefined : found.event;
    },

    inspect: (eventId) => inspect(eventId, 'latest'),

    async listLive(): Promise<LiveEvents> {
      const found: EventInspection[] = [];
      let start: Record<string, unknown> | undefined;
      for (let page = 0; page < pagesMax; page += 1) {
        const query = new QueryCommand({
          TableName: tableName,
          IndexName: liveIndex.name,
          KeyConditionExpression: '#onSale = :live',
          ExpressionAttributeNames: { '#onSale': liveIndex.partitionKey },
          ExpressionAttributeValues: { ':live': liveIndex.liveValue },
          Limit: pageSize,
          ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        });
        const { Items, LastEvaluatedKey } = await calling(() => client.send(query));
        found.push(...(await Promise.all((Items ?? []).map(inspected))));
        start = LastEvaluatedKey;
        if (start === undefined) break;
      }
      const events = found.flatMap(({ event }) => event ?? []);
      return {
        events: events.filter(({ isDraft }) => !isDraft),
        drafts: events.filter(({ isDraft }) => isDraft),
        invalid: found.flatMap(({ invalid }) => invalid ?? []),
        isTruncated: start !== undefined,
      };
    },

    async create(event) {
      try {
        const put = new PutCommand({
          TableName: tableName,
          Item: parseInput(eventSchema, event, 'event'),
          ConditionExpression: 'attribute_not_exists(eventId)',
        });
        await calling(() => client.send(put));
      } catch (error) {
        if (conditionFailure(error) === undefined) throw error;
        throw new UrrError(
          'CONFLICT',
          `event ${event.eventId} exists already; change it with event set, or choose another id`,
        );
      }
    },

    update(eventId, patch, expectedUpdatedAt) {
      const { set, remove } = splitPatch(patch);
      const isUnchanged = {
        clause: '#seenUpdatedAt = :seenUpdatedAt',
        names: { '#seenUpdatedAt': 'updatedAt' },
        values: { ':seenUpdatedAt': expectedUpdatedAt },
      };
      return update(eventId, set, remove, expectedUpdatedAt === undefined ? [] : [isUnchanged]);
    },

    close: (eventId) => update(eventId, {}, ['onSale'], []),

    reset(eventId, expectedGeneration, audit) {
      const lineIsStillThatOne = {
        clause: '#generationSeen = :generationSeen',
        names: { '#generationSeen': 'generation' },
        values: { ':generationSeen': expectedGeneration },
      };
      const set = {
        generation: expectedGeneration + 1,
        resetAt: nowIso(),
        resetBy: audit.by,
        resetReason: audit.reason,
        ...(audit.shards === undefined ? {} : { shards: audit.shards }),
      };
      return update(eventId, given(eventSchema.partial(), set), [], [lineIsStillThatOne]);
    },
  };
}

type Attributes = Record<string, unknown>;
type Clauses = readonly { clause: string; names: Record<string, string>; values: Record<string, unknown> }[];

const notFound = (eventId: string) => new UrrError('EVENT_NOT_FOUND', `there is no event ${eventId}`);

function changedEvent(eventId: string, item: unknown): UrrEvent {
  const read = readEventItem(item);
  if (read.kind === 'usable') return read.event;
  const problems = read.problems.map(problemText);
  throw new UrrError(
    'UNPROCESSABLE',
    `event ${eventId} was changed, but its item is still unusable; correct the named attributes`,
    {
      details: read.problems,
      cause: problems,
    },
  );
}

const neverUsable = ({ invalid }: EventInspection) =>
  new UrrError('UNAVAILABLE', 'this event is not ready; please try again', {
    retryAfterSeconds: 10,
    cause: (invalid?.problems ?? []).map(problemText),
  });

/** `null` in a patch removes the attribute. */
function splitPatch(patch: EventPatch): { set: Attributes; remove: string[] } {
  const changes = Object.entries(patch).filter(([, value]) => value !== undefined);
  const remove = changes.filter(([, value]) => value === null).map(([name]) => name);
  const kept = Object.fromEntries(changes.filter(([, value]) => value !== null));
  parseInput(removableSchema, Object.fromEntries(remove.map((name) => [name, null])), 'change');
  return { set: given(patchedSchema, kept), remove };
}

/** Returns the validated values of the given attributes only: the schema's defaults must not overwrite stored values. */
function given(schema: core.$ZodType<Attributes>, values: Attributes): Attributes {
  const checked = parseInput(schema, values, 'change');
  return Object.fromEntries(Object.entries(checked).filter(([name]) => Object.hasOwn(values, name)));
}

/** Attributes that an organizer may change on a running event; only a reset changes the generation. */
const patchedSchema = eventSchema
  .omit({
    eventId: true,
    generation: true,
    createdAt: true,
    updatedAt: true,
    revision: true,
    resetAt: true,
    resetBy: true,
    resetReason: true,
  })
  .partial();

/** Optional attributes of an event. */
const removableSchema = z
  .strictObject({
    onSale: z.null(),
    opensAt: z.null(),
    startsAt: z.null(),
    salesEndAt: z.null(),
    refundPolicy: z.null(),
    refundUntil: z.null(),
    seatsPerAccount: z.null(),
    messageKo: z.null(),
    messageEn: z.null(),
    venueKo: z.null(),
    venueEn: z.null(),
  })
  .partial();

function updateExpression(set: Attributes, remove: readonly string[]) {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(set)) {
    names[`#${name}`] = name;
    values[`:${name}`] = value;
  }
  for (const name of remove) names[`#${name}`] = name;
  // Raised in the same write, so that the order of changes needs no clock.
  names['#revision'] = 'revision';
  values[':one'] = 1;
  const sets = Object.keys(set).map((name) => `#${name} = :${name}`);
  const removes = remove.map((name) => `#${name}`);
  const removing = removes.length > 0 ? ` REMOVE ${removes.join(', ')}` : '';
  const expression = `SET ${sets.join(', ')}${removing} ADD #revision :one`;
  return { expression, names, values };
}
