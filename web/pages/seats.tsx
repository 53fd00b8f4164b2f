import '../styles/base.css';
import { eventIdOf } from '../shared/addresses.ts';
import { nameEvent } from '../shared/event-name.ts';
import { inLanguage } from '../shared/language.ts';
import { mountPage } from '../shared/mount.tsx';
import { NoEvent } from '../shared/no-event.tsx';

/** Only who may pick seats reaches this page: the gate lets nobody else see it. */
const eventId = eventIdOf(location.pathname);
const name = eventId === undefined ? null : nameEvent(eventId, () => page.update());

const page = mountPage((voice) => ({
  title: name === null ? voice.t.noEvent : voice.t.seatsTitle,
  body:
    name === null ? (
      <NoEvent t={voice.t} />
    ) : (
      <section class="card ended">
        <p class="eyebrow">{inLanguage(name.event()?.title, voice.language) ?? voice.t.seatsTitle}</p>
        <h1>{voice.t.seatsThrough}</h1>
        <p class="lead">{voice.t.seatsHint}</p>
      </section>
    ),
}));
void name?.ask();
