import '../styles/base.css';
import '../styles/waiting.css';
import '../styles/ticket.css';
import '../styles/sale.css';
import '../styles/reservations.css';
import { createResult, type ResultPhase, settledAddress } from '../sale/payment/result.ts';
import { type Returned, readReturned } from '../sale/payment/returned.ts';
import { browserSalePorts } from '../sale/payment/sale-ports.ts';
import { ResultPage, resultTitle } from '../sale/payment/view.tsx';
import { createMine } from '../sale/reservations/mine.ts';
import { MinePage } from '../sale/reservations/view.tsx';
import { saleWords } from '../sale/seats/words.ts';
import { createEventName } from '../shared/event-name.ts';
import { mountPage } from '../shared/mount.tsx';
import { onReturn } from '../shared/returns.ts';

/** The clock of a hold is redrawn between two polls. */
const tickMs = 1_000;

const returned = readReturned(location.search);
if (returned === null) showReservations();
else showResult(returned);

function showReservations(): void {
  let focusedId: string | null = null;
  const mine = createMine(browserSalePorts, (view) => {
    page.update();
    // The confirmation takes the focus when its buttons are drawn, and its opener gets it back: a keyboard or a screen
    // reader would otherwise start at the top of the page again.
    if (view.confirmingId !== focusedId) {
      const id = view.confirmingId === null ? `cancel-${focusedId}` : `keep-${view.confirmingId}`;
      const target = document.getElementById(id);
      if (target === null && view.confirmingId !== null) return;
      focusedId = view.confirmingId;
      target?.focus();
    }
  });
  const page = mountPage((voice) => ({
    title: saleWords[voice.language].mineTitle,
    body: <MinePage view={mine.view()} mine={mine} nowMs={Date.now()} voice={voice} />,
  }));
  setInterval(() => {
    if (mine.view().reservations.some(({ state }) => state === 'pending')) page.update();
  }, tickMs);
  onReturn(mine);
  mine.start();
}

function showResult(returned: Returned): void {
  let announcedPhase: ResultPhase | null = null;
  let name: ReturnType<typeof createEventName> | null = null;
  const result = createResult(returned, browserSalePorts, (view) => {
    page.update();
    const eventId = returned.kind === 'ask' ? view.reservation?.eventId : returned.hold.eventId;
    if (eventId !== undefined) {
      name ??= createEventName(eventId, () => page.update());
      void name.load();
    }
    if (view.phase === announcedPhase) return;
    announcedPhase = view.phase;
    page.announce(resultTitle(view, page.voice()));
    const address = settledAddress(view, returned);
    if (address !== null) history.replaceState(null, '', address);
  });
  const page = mountPage((voice) => {
    const view = result.view();
    const props = { view, result, returned, event: name?.event() ?? null, nowMs: Date.now(), voice };
    return { title: resultTitle(view, voice), body: <ResultPage {...props} /> };
  });
  setInterval(() => {
    if (result.view().phase === 'declined') page.update();
  }, tickMs);
  window.addEventListener('pagehide', () => result.reportClosed());
  onReturn(result);
  result.start();
}
