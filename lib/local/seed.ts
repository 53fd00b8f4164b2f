import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { z } from 'zod';
import { eventSchema } from '#contract/event.ts';
import { seatLayoutSchema } from '#contract/sale.ts';
import { layoutSalesId, salesTableName } from '#contract/sale-tables.ts';
import { tableName } from '#contract/tables.ts';
import { arena, bookshop, jazzClub, liveHouse } from './demo-layouts.ts';

/** The four events of `npm start -- --seed demo`. */
export const demoEventIds = {
  line: 'demo-line',
  soon: 'demo-soon',
  arena: 'demo-arena',
  open: 'demo-open',
} as const;

const layouts = {
  [demoEventIds.line]: liveHouse,
  [demoEventIds.soon]: jazzClub,
  [demoEventIds.arena]: arena,
  [demoEventIds.open]: bookshop,
};

interface SeedOptions {
  readonly dynamodbEndpoint: string;
  readonly environmentName: string;
  readonly nowMs: number;
  /** Address of the running system. Undefined: no visitor joins the line. */
  readonly url?: string;
}

export interface Seeded {
  /** Ids of the events that were not there before. */
  readonly created: readonly string[];
  /** Number of visitors in the first event's line. */
  readonly joined: number;
}

/** At 30 per minute the last place is called after two minutes: slow enough to watch, and soon over. */
const lineLength = 60;
const lineRatePerMinute = 30;
const joinsAtOnce = 8;
const joinTriesMax = 4;
/** The API responds within 30 s, or with 503. */
const joinTimeoutMs = 30_000;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/**
 * Creates the demo events with their seats: one with a moving line, one that opens in a minute, an arena with an empty
 * line, and one without a waiting room. The visitors in line join over the public API, each with an identity of its
 * own, so their places are real. Events that already exist are left unchanged, and no visitor joins them again.
 */
export async function seedDemo({
  dynamodbEndpoint,
  environmentName,
  nowMs,
  url,
}: SeedOptions): Promise<Seeded> {
  const client = new DynamoDBClient({
    endpoint: dynamodbEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const created: string[] = [];
  try {
    const documents = DynamoDBDocumentClient.from(client);
    for (const event of demoEvents(nowMs)) {
      if (
        await putIfNew(documents, tableName(environmentName, 'events'), 'eventId', eventSchema.parse(event))
      )
        created.push(event.eventId);
    }
    for (const [eventId, sections] of Object.entries(layouts)) {
      const layout = seatLayoutSchema.parse({ eventId, revision: 1, sections });
      const item = { salesId: layoutSalesId(eventId), ...layout };
      await putIfNew(documents, salesTableName(environmentName, 'sales'), 'salesId', item);
    }
  } finally {
    client.destroy();
  }
  const isNew = created.includes(demoEventIds.line);
  return { created, joined: url !== undefined && isNew ? await joinMany(url) : 0 };
}

type DemoEvent = z.input<typeof eventSchema>;

function demoEvents(nowMs: number): DemoEvent[] {
  const at = (ms: number) => new Date(ms).toISOString();
  // A show begins on the hour.
  const show = (days: number) => at(Math.floor((nowMs + days * dayMs) / (60 * minuteMs)) * 60 * minuteMs);
  const common = { onSale: 'live', createdAt: at(nowMs), updatedAt: at(nowMs) } as const;
  return [
    {
      ...common,
      eventId: demoEventIds.line,
      isActive: true,
      ratePerMinute: lineRatePerMinute,
      titleKo: '우르르 라이브: 겨울의 첫 공연',
      titleEn: 'URR Live: first show of the winter',
      venueKo: '한강 노들섬 라이브하우스',
      venueEn: 'Nodeul Island Live House, Seoul',
      messageKo: '순서대로 입장하고 있습니다. 새로고침해도 순번은 그대로입니다.',
      messageEn: 'We let everyone in, in order. Refreshing keeps your place.',
      startsAt: show(30),
      prices: [
        { grade: 'R', amountKrw: 132_000 },
        { grade: 'S', amountKrw: 99_000 },
      ],
    },
    {
      ...common,
      eventId: demoEventIds.soon,
      isActive: true,
      ratePerMinute: 120,
      opensAt: at(nowMs + minuteMs),
      titleKo: '밤의 재즈, 을지로',
      titleEn: 'Night jazz in Euljiro',
      venueKo: '을지로 지하 2층',
      venueEn: 'Second basement, Euljiro',
      messageKo: '잠시 후 문이 열립니다.',
      messageEn: 'Doors open in a moment.',
      startsAt: show(14),
      prices: [{ grade: 'A', amountKrw: 55_000 }],
    },
    {
      ...common,
      eventId: demoEventIds.arena,
      isActive: true,
      titleKo: '우르르 페스티벌: 2만 석의 밤',
      titleEn: 'URR Festival: a night of 20,000 seats',
      venueKo: '잠실 아레나',
      venueEn: 'Jamsil Arena, Seoul',
      startsAt: show(60),
      prices: [
        { grade: 'VIP', amountKrw: 187_000 },
        { grade: 'R', amountKrw: 132_000 },
        { grade: 'S', amountKrw: 99_000 },
      ],
    },
    {
      ...common,
      eventId: demoEventIds.open,
      isActive: false,
      titleKo: '동네 책방 낭독회',
      titleEn: 'A reading at the corner bookshop',
      venueKo: '연남동 책방',
      venueEn: 'A bookshop in Yeonnam-dong',
      startsAt: show(7),
      prices: [{ grade: 'A', amountKrw: 10_000 }],
    },
  ];
}

async function putIfNew(
  client: DynamoDBDocumentClient,
  table: string,
  key: 'eventId' | 'salesId',
  item: Record<string, unknown>,
): Promise<boolean> {
  try {
    await client.send(
      new PutCommand({
        TableName: table,
        Item: item,
        ConditionExpression: `attribute_not_exists(${key})`,
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

async function joinMany(url: string): Promise<number> {
  let started = 0;
  let joined = 0;
  const joiner = async () => {
    while (started < lineLength) {
      started += 1;
      await joinOnce(url);
      joined += 1;
    }
  };
  await Promise.all(Array.from({ length: joinsAtOnce }, joiner));
  return joined;
}

/**
 * A call without a cookie is a new visitor, so a repeat after a lost response may leave one more visitor in the line.
 */
async function joinOnce(url: string): Promise<void> {
  let problem = 'no answer';
  for (let tries = 0; tries < joinTriesMax; tries += 1) {
    try {
      const answer = await fetch(`${url}/vwr-api/vwr/assign/${demoEventIds.line}`, {
        method: 'POST',
        signal: AbortSignal.timeout(joinTimeoutMs),
      });
      await answer.arrayBuffer();
      if (answer.ok) return;
      problem = `status ${answer.status}`;
    } catch (error) {
      problem = error instanceof Error ? error.name : 'no answer';
    }
  }
  throw new Error(`a demo visitor could not join ${demoEventIds.line}: ${problem}`);
}
