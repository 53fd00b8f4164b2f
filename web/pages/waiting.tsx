import '../styles/base.css';
import '../styles/waiting.css';
import '../styles/ticket.css';
import { api, eventIdOf } from '../shared/addresses.ts';
import { type CatalogueEvent, catalogueEvent } from '../shared/answers.ts';
import { ask } from '../shared/api.ts';
import { mountPage } from '../shared/mount.tsx';
import { NoEvent } from '../shared/no-event.tsx';
import { tabMemory } from '../shared/tab-memory.ts';
import { type Announced, announcement } from '../waiting/announcement.ts';
import { createLine } from '../waiting/line.ts';
import type { LineView } from '../waiting/line-view.ts';
import { Waiting, waitingTitle } from '../waiting/view.tsx';

const eventId = eventIdOf(location.pathname);
if (eventId === undefined) {
  mountPage((voice) => ({ title: voice.t.noEvent, body: <NoEvent t={voice.t} /> }));
} else {
  wait(eventId);
}

function wait(eventId: string): void {
  let event: CatalogueEvent | null = null;
  let hasAskedEvent = false;
  let announced: Announced | null = null;

  const line = createLine(
    eventId,
    {
      ask,
      nowMs: Date.now,
      dice: Math.random,
      later(run, delayMs) {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
      ...tabMemory,
      go: (href) => location.assign(href),
    },
    changed,
  );
  const props = (voice: ReturnType<typeof page.voice>) => ({
    view: line.view(),
    line,
    event,
    eventId,
    nowMs: Date.now(),
    voice,
  });
  const page = mountPage((voice) => {
    const current = props(voice);
    return { title: waitingTitle(current), body: <Waiting {...current} /> };
  });

  function changed(view: LineView): void {
    page.update();
    speak(view);
    if (view.status !== null && !hasAskedEvent) void nameEvent();
  }

  function speak(view: LineView): void {
    const nowMs = Date.now();
    announced ??= { view: { ...view, phase: 'joining' }, progressAtMs: nowMs };
    const news = announcement(announced, view, nowMs, page.voice().t);
    // What was not said stays to be compared with: a milestone held back by the gap is told later.
    if (news === null) return;
    announced = { view, progressAtMs: news.isProgress ? nowMs : announced.progressAtMs };
    page.announce(news.text);
  }

  /** The name is an ornament: it comes after the place, once, and its absence stops nothing. */
  async function nameEvent(): Promise<void> {
    hasAskedEvent = true;
    const answer = await ask(api.event(eventId), catalogueEvent);
    if (answer.kind !== 'ok') return;
    event = answer.value;
    page.update();
  }

  // The countdown moves between two polls; nothing else does.
  setInterval(() => {
    if (line.view().status?.state === 'upcoming') page.update();
  }, 1000);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') line.wake();
  });
  window.addEventListener('online', () => line.wake());
  window.addEventListener('offline', () => line.lostNetwork());
  // Back from the next page by the browser's own cache: timers were frozen, and the pass may have been used.
  window.addEventListener('pageshow', (shown) => {
    if (shown.persisted) location.reload();
  });
  line.start();
}
