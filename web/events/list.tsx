import { pages } from '../shared/addresses.ts';
import type { CatalogueEvent } from '../shared/answers.ts';
import { formatDateTime } from '../shared/format.ts';
import { inLanguage } from '../shared/language.ts';
import type { Voice } from '../shared/mount.tsx';
import { StateChip } from './chip.tsx';
import { listedStates, type Search, searchLengthMax } from './search.ts';

export interface ListProps {
  readonly search: Search;
  readonly events: readonly CatalogueEvent[] | null;
  readonly hasMore: boolean;
  readonly hasFailed: boolean;
  readonly voice: Voice;
  onSearch(search: Search): void;
  onMore(): void;
}

export function EventList(props: ListProps) {
  const { voice, search, events } = props;
  const { t } = voice;
  return (
    <>
      <h1>{t.eventsTitle}</h1>
      <search>
        <form class="find" onSubmit={(submitted) => submitted.preventDefault()}>
          <label class="field wide">
            {t.search}
            <input
              type="search"
              name="search"
              value={search.text}
              placeholder={t.searchHint}
              maxLength={searchLengthMax}
              autocomplete="off"
              enterkeyhint="search"
              onInput={(typed) => props.onSearch({ ...search, text: typed.currentTarget.value })}
            />
          </label>
          <label class="field">
            {t.statusFilter}
            <select
              name="status"
              value={search.status}
              onChange={(chosen) => props.onSearch({ ...search, status: chosen.currentTarget.value })}
            >
              <option value="">{t.anyStatus}</option>
              {listedStates.map((state) => (
                <option key={state} value={state}>
                  {t.states[state]}
                </option>
              ))}
            </select>
          </label>
        </form>
      </search>
      <Results {...props} />
      {events !== null && props.hasMore && (
        <button type="button" class="quiet more" onClick={props.onMore}>
          {t.more}
        </button>
      )}
    </>
  );
}

function Results({ events, hasFailed, voice, onMore }: ListProps) {
  const { t } = voice;
  if (hasFailed) {
    return (
      <div class="card ended">
        <p class="lead">{t.unavailable}</p>
        <button type="button" class="primary" onClick={onMore}>
          {t.retry}
        </button>
      </div>
    );
  }
  if (events === null) return <p class="loading">{t.loading}</p>;
  if (events.length === 0) return <p class="results">{t.noResults}</p>;
  return (
    <ul class="events">
      {events.map((event) => (
        <li key={event.eventId}>
          <EventCard event={event} voice={voice} />
        </li>
      ))}
    </ul>
  );
}

function EventCard({ event, voice }: { event: CatalogueEvent; voice: Voice }) {
  const { t, language } = voice;
  const venue = inLanguage(event.venue, language);
  const isUpcoming = event.state === 'upcoming' && event.opensAt !== undefined;
  return (
    <article class="ticket event-card">
      <StateChip state={event.state} t={t} />
      <h2>
        <a href={pages.event(event.eventId)}>{inLanguage(event.title, language)}</a>
      </h2>
      {venue !== undefined && <p>{venue}</p>}
      <div class="stub">
        {event.startsAt !== undefined && <p>{formatDateTime(event.startsAt, language)}</p>}
        {isUpcoming && (
          <p class="opens">
            {t.opens} {formatDateTime(event.opensAt ?? '', language)}
          </p>
        )}
      </div>
    </article>
  );
}
