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
  let isConfirmingLeave = false;
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
        isConfirmingLeave={isConfirmingLeave}
        calling={calling}
        onConfirmLeave={(isConfirming) => {
          isConfirmingLeave = isConfirming;
          page.update();
          // The pressed button is gone after the redraw; without this the focus would return to the top of the page.
          document.getElementById(isConfirming ? 'stay' : 'leave')?.focus();
        }}
        onLeave={() => {
          isConfirmingLeave = false;
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
