import '../styles/base.css';
import '../styles/catalogue.css';
import { EventPage, type EventPageState } from '../events/event-page.tsx';
import { api, eventIdOf } from '../shared/addresses.ts';
import { catalogueEvent } from '../shared/answers.ts';
import { request } from '../shared/api.ts';
import { inLanguage } from '../shared/language.ts';
import { mountPage } from '../shared/mount.tsx';

const eventId = eventIdOf(location.pathname);
let state: EventPageState = eventId === undefined ? { kind: 'unknown' } : { kind: 'loading' };

const page = mountPage((voice) => ({
  title:
    state.kind === 'known'
      ? (inLanguage(state.event.title, voice.language) ?? '')
      : state.kind === 'unknown'
        ? voice.t.noEvent
        : voice.t.eventsTitle,
  body: <EventPage state={state} voice={voice} onRetry={() => void load()} />,
}));

/** A page that is opened in the rush repeats its request a few times, ever later; after that the visitor presses. */
const retryMs = [2_000, 5_000, 10_000, 20_000] as const;

async function load(attempt = 0): Promise<void> {
  if (eventId === undefined) return;
  const answer = await request(api.event(eventId), catalogueEvent);
  if (answer.kind === 'ok') state = { kind: 'known', event: answer.value };
  else if (answer.kind === 'refused' && answer.code === 'EVENT_NOT_FOUND') state = { kind: 'unknown' };
  else state = { kind: 'failed' };
  page.update();
  if (state.kind !== 'failed') return;
  // Once, not for every repeat.
  if (attempt === 0) page.announce(page.voice().t.unavailable);
  const againMs = retryMs[attempt];
  if (againMs !== undefined) setTimeout(() => void load(attempt + 1), againMs);
}

void load();
