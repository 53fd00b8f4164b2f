import '../styles/base.css';
import '../styles/catalogue.css';
import '../styles/ticket.css';
import { EventList, type ListProps } from '../events/list.tsx';
import { readSearch, type Search, searchAddress, searchQuery } from '../events/search.ts';
import { pages } from '../shared/addresses.ts';
import { type CatalogueEvent, catalogueAnswer } from '../shared/answers.ts';
import { request } from '../shared/api.ts';
import { mountPage } from '../shared/mount.tsx';

/** Pause after the last key before the search: one per key would load the catalogue with half-typed words. */
const typingPauseMs = 300;

let search = readSearch(location.search);
let events: CatalogueEvent[] | null = null;
let cursor: string | undefined;
let hasFailed = false;
/** The page shows only the response to its newest request. */
let newestRequest = 0;
let typing: ReturnType<typeof setTimeout> | undefined;

const props = (voice: ListProps['voice']): ListProps => ({
  search,
  events,
  hasMore: cursor !== undefined,
  hasFailed,
  voice,
  onSearch: changeSearch,
  onMore: () => void load(cursor),
});
const page = mountPage((voice) => ({ title: voice.t.eventsTitle, body: <EventList {...props(voice)} /> }));

function changeSearch(next: Search): void {
  search = next;
  page.update();
  clearTimeout(typing);
  typing = setTimeout(() => {
    history.replaceState(null, '', pages.home + searchQuery(search));
    void load(undefined);
  }, typingPauseMs);
}

async function load(from: string | undefined): Promise<void> {
  newestRequest += 1;
  const requestNumber = newestRequest;
  const answer = await request(searchAddress(search, from), catalogueAnswer);
  if (requestNumber !== newestRequest) return;
  hasFailed = answer.kind !== 'ok';
  if (answer.kind === 'ok') {
    events = from === undefined ? answer.value.events : [...(events ?? []), ...answer.value.events];
    cursor = answer.value.cursor;
  }
  page.update();
  const { t } = page.voice();
  page.announce(
    hasFailed ? t.unavailable : events?.length === 0 ? t.noResults : t.results(events?.length ?? 0),
  );
}

void load(undefined);
