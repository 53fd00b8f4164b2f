import '../styles/base.css';
import '../styles/waiting.css';
import '../styles/ticket.css';
import { createQueue, type QueueView } from '../queue/queue.ts';
import { aheadText, QueuePage, queueTitle } from '../queue/view.tsx';
import { browserBells } from '../shared/bells.ts';
import { createCalling } from '../shared/calling.ts';
import { createEventName } from '../shared/event-name.ts';
import { inLanguage } from '../shared/language.ts';
import { mountPage } from '../shared/mount.tsx';
import { showEventPage } from '../shared/no-event.tsx';
import { browserPorts } from '../shared/page-ports.ts';
import { onReturn } from '../shared/returns.ts';

showEventPage(showQueue);

function showQueue(eventId: string): void {
  let isAskedToLeave = false;
  let announcedPhase: QueueView['phase'] = 'joining';

  const calling = createCalling(browserBells, browserPorts, () => page.update());
  const queue = createQueue(eventId, { ...browserPorts, go: calling.go }, (view) => {
    page.update();
    if (view.phase === announcedPhase) return;
    announcedPhase = view.phase;
    const { t, language } = page.voice();
    const title = inLanguage(name.event()?.title, language) ?? '';
    if (view.phase === 'leaving') calling.call('inside', t.leavingTitle, title);
    const news: Partial<Record<QueueView['phase'], string>> = {
      waiting: view.place === null ? '' : aheadText(view.place, t),
      leaving: t.leavingTitle,
      left: t.leftTitle,
      closed: t.closedTitle,
      'sign-in': t.throughSignIn,
      'not-open': t.throughHint,
      refused: t.refusedTitle,
    };
    page.announce(news[view.phase] ?? '');
  });
  const name = createEventName(eventId, () => page.update());
  const page = mountPage((voice) => ({
    title: queueTitle({ view: queue.view(), event: name.event(), voice }),
    body: (
      <QueuePage
        view={queue.view()}
        queue={queue}
        event={name.event()}
        eventId={eventId}
        isAskedToLeave={isAskedToLeave}
        calling={calling}
        onLeaving={(isAsked) => {
          isAskedToLeave = isAsked;
          page.update();
          document.getElementById(isAsked ? 'stay' : 'leave')?.focus();
        }}
        onLeave={() => {
          isAskedToLeave = false;
          void queue.leave();
        }}
        voice={voice}
      />
    ),
  }));
  onReturn(queue);
  queue.start();
  name.load();
}
