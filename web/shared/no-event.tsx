import { eventIdOf, pages } from './addresses.ts';
import { mountPage, type Voice } from './mount.tsx';

export function NoEvent({ t }: { t: Voice['t'] }) {
  return (
    <section class="card ended">
      <h1>{t.noEvent}</h1>
      <p class="lead">{t.noEventHint}</p>
      <a class="primary" href={pages.home}>
        {t.home}
      </a>
    </section>
  );
}

/** Shows the page of the event in the address; without one, a page that the event does not exist. */
export function showEventPage(show: (eventId: string) => void): void {
  const eventId = eventIdOf(location.pathname);
  if (eventId === undefined) mountPage(({ t }) => ({ title: t.noEvent, body: <NoEvent t={t} /> }));
  else show(eventId);
}
