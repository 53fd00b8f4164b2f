import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createEventStore } from '#adapters/dynamodb/events/store.ts';
import { createSalesStore } from '#adapters/dynamodb/sale/layouts.ts';
import { eventSchema, type UrrEvent } from '#contract/event.ts';
import type { SeatLayout } from '#contract/sale.ts';
import { salesTableName } from '#contract/sale-tables.ts';
import { tableName } from '#contract/tables.ts';
import { openHintHeader } from '#contract/token-names.ts';
import type { EventStore } from '#core/events/ports.ts';
import { type RunningSystem, type SystemOptions, startSystem } from '#local/system.ts';
import { until } from '../../support/time/patience.ts';

export interface Site {
  readonly system: RunningSystem;
  readonly url: string;
  /** The events table, as an organizer edits it. */
  readonly events: EventStore;
  addEvent(eventId: string, more?: Partial<UrrEvent>): Promise<void>;
  /** Uploads the seats of an event. */
  addSeats(eventId: string, sections: SeatLayout['sections']): Promise<void>;
  /** Waits until the edge knows all events. Before, it refuses them. */
  knownAtTheEdge(): Promise<void>;
  stop(): Promise<void>;
}

/** Far above the time of a function on a busy machine. Time-outs are tested in test/integration/local. */
const timeLimitFactor = 20;

/** Starts the whole system from its templates, on free ports, with a cycle of one second unless `more` sets another. */
export async function startSite(more: SystemOptions = {}): Promise<Site> {
  const system = await startSystem({
    cycleSeconds: 1,
    quiet: true,
    stateFile: false,
    timeLimitFactor,
    ...more,
  });
  const client = new DynamoDBClient({
    endpoint: system.endpoints.dynamodb,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const events = createEventStore(documents, tableName(system.environmentName, 'events'), Date.now);
  const sales = createSalesStore(documents, salesTableName(system.environmentName, 'sales'));
  const addEvent: Site['addEvent'] = async (eventId, more = {}) => {
    const now = new Date().toISOString();
    await events.create(
      eventSchema.parse({
        eventId,
        onSale: 'live',
        isActive: true,
        titleKo: '봄밤의 콘서트',
        titleEn: 'A Spring Night Concert',
        venueKo: '한강 라이브하우스',
        venueEn: 'Hangang Live House',
        startsAt: '2027-02-14T19:00:00+09:00',
        prices: [{ grade: 'R', amountKrw: 132_000 }],
        createdAt: now,
        updatedAt: now,
        ...more,
      }),
    );
  };
  return {
    system,
    url: system.url,
    events,
    addEvent,
    addSeats: (eventId, sections) => sales.putLayout({ eventId, revision: 1, sections }),
    async knownAtTheEdge() {
      // Only an event without a waiting room shows whether the gate knows it, so a marker event is added after the
      // others.
      const eventId = `marker-${randomUUID()}`;
      await addEvent(eventId, { isActive: false });
      const headers = { [openHintHeader]: '1' };
      await until(
        () => fetch(`${system.url}/queue/${eventId}`, { redirect: 'manual', headers }),
        ({ status }) => status === 200,
      );
    },
    async stop() {
      client.destroy();
      await system.stop();
    },
  };
}
