import { api } from './addresses.ts';
import { type CatalogueEvent, catalogueEvent } from './answers.ts';
import { request } from './api.ts';

/** The event for the name on a waiting page. It is requested once: the page works without it. */
export function createEventName(eventId: string, onKnown: () => void) {
  let event: CatalogueEvent | null = null;
  let hasAsked = false;
  return {
    event: () => event,
    async load(): Promise<void> {
      if (hasAsked) return;
      hasAsked = true;
      const answer = await request(api.event(eventId), catalogueEvent);
      if (answer.kind !== 'ok') return;
      event = answer.value;
      onKnown();
    },
  };
}
