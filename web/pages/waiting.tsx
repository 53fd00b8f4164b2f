import '../styles/base.css';
import '../styles/waiting.css';
import '../styles/ticket.css';
import { type Announced, announcement, phaseTitle } from '../line/announcement.ts';
import { createLine } from '../line/line.ts';
import type { LineView } from '../line/line-view.ts';
import { Waiting, waitingTitle } from '../line/view.tsx';
import { browserBells } from '../shared/bells.ts';
import { createCalling } from '../shared/calling.ts';
import { createEventName } from '../shared/event-name.ts';
import { inLanguage } from '../shared/language.ts';
import { mountPage } from '../shared/mount.tsx';
import { showEventPage } from '../shared/no-event.tsx';
import { browserPorts } from '../shared/page-ports.ts';
import { onReturn } from '../shared/returns.ts';

showEventPage(showWaitingRoom);

function showWaitingRoom(eventId: string): void {
  let announced: Announced | null = null;

  const calling = createCalling(browserBells, browserPorts, () => page.update());
  const line = createLine(eventId, { ...browserPorts, go: calling.go }, changed);
  const name = createEventName(eventId, () => page.update());
  const page = mountPage((voice) => {
    const props = {
      view: line.view(),
      line,
      event: name.event(),
      eventId,
      nowMs: Date.now(),
      voice,
      calling,
    };
    return { title: waitingTitle(props), body: <Waiting {...props} /> };
  });

  function changed(view: LineView): void {
    page.update();
    announceChange(view);
    callByBells(view);
    // After the place: in the rush its answers matter more than the name.
    if (view.status !== null) void name.load();
  }

  function announceChange(view: LineView): void {
    const nowMs = Date.now();
    announced ??= { view: { ...view, phase: 'joining' }, progressAtMs: nowMs };
    const news = announcement(announced, view, nowMs, page.voice().t);
    // Without an announcement the comparison stays with the last one, so a milestone that the gap held back comes later.
    if (news === null) return;
    announced = { view, progressAtMs: news.isProgress ? nowMs : announced.progressAtMs };
    page.announce(news.text);
  }

  /** Calls the visitor once per call, so the repeated call sounds again. */
  function callByBells(view: LineView): void {
    if (view.phase !== 'called' && view.phase !== 'leaving') return;
    const { t, language } = page.voice();
    const reason = `turn ${view.ticket?.requestId} ${view.call?.round ?? 1}`;
    calling.call(
      reason,
      phaseTitle(view, t) ?? t.calledTitle,
      inLanguage(name.event()?.title, language) ?? '',
    );
  }

  // Only the countdown changes between two polls.
  setInterval(() => {
    const { phase, status } = line.view();
    if (phase === 'called' || status?.state === 'upcoming') page.update();
  }, 1000);
  onReturn(line);
  line.start();
}
