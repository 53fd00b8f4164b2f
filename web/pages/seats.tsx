import '../styles/base.css';
import '../styles/waiting.css';
import '../styles/ticket.css';
import '../styles/sale.css';
import '../styles/seats.css';
import '../styles/seat-list.css';
import { browserSalePorts } from '../sale/payment/sale-ports.ts';
import { createSeatMap } from '../sale/seats/map.ts';
import { choiceCount, countFree } from '../sale/seats/map-choice.ts';
import type { Focus } from '../sale/seats/map-focus.ts';
import { seatIdAt } from '../sale/seats/map-seats.ts';
import { createSale } from '../sale/seats/sale.ts';
import type { Notice, SalePhase, SaleView } from '../sale/seats/sale-view.ts';
import { noticeText, type PageState, SalePage, saleTitle } from '../sale/seats/view.tsx';
import { saleWords, seatName } from '../sale/seats/words.ts';
import { formatKrw } from '../shared/format.ts';
import { inLanguage } from '../shared/language.ts';
import { mountPage, type Voice } from '../shared/mount.tsx';
import { showEventPage } from '../shared/no-event.tsx';
import { onReturn } from '../shared/returns.ts';

// The gate serves this page only to shoppers who may choose seats.
showEventPage(showSeats);

function showSeats(eventId: string): void {
  let state: PageState = {
    isList: false,
    open: { section: null, row: null },
    best: { count: 2, grade: undefined },
    isConfirmingRelease: false,
  };
  let announcedPhase: SalePhase | null = null;
  let announcedNotice: Notice | null = null;
  let wasEnding = false;
  let endsAtMs = 0;

  const sale = createSale(eventId, browserSalePorts, (view) => {
    page.update();
    announceChange(view);
  });
  const hall = createSeatMap({
    picked: togglePicked,
    // A standing area has no seats to pick on the map: the focus moves to its stepper.
    area: (section) => document.getElementById(`area-${sectionId(section)}-more`)?.focus(),
    focused: (focus) => page.announce(focusText(focus)),
  });
  const page = mountPage((voice) => {
    const view = sale.view();
    showMap(view, voice);
    return {
      title: saleTitle(view, voice),
      body: (
        <SalePage
          view={view}
          sale={sale}
          hall={hall}
          state={state}
          onState={changeState}
          onPicked={togglePicked}
          eventId={eventId}
          nowMs={Date.now()}
          voice={voice}
        />
      ),
    };
  });
  const words = () => saleWords[page.voice().language];
  const sectionId = (section: number) => sale.view().map?.sections[section]?.section.id;

  function changeState(change: Partial<PageState>): void {
    const wasConfirming = state.isConfirmingRelease;
    state = { ...state, ...change };
    page.update();
    // The pressed button is gone after the redraw; without this the focus would return to the top of the page.
    if (state.isConfirmingRelease !== wasConfirming)
      document.getElementById(state.isConfirmingRelease ? 'keep' : 'release')?.focus();
  }

  /** The canvas is drawn by the map itself, not by the library that draws the page. */
  function showMap({ map, digits, choice }: SaleView, { language }: Voice): void {
    if (map === null) return;
    const own = saleWords[language];
    hall.show({
      map,
      digits,
      seatIds: choice.seatIds,
      stageName: own.stage,
      label(place) {
        const section = map.sections[place]?.section;
        if (section === undefined) return { name: '', free: '' };
        return {
          name: inLanguage(section.name, language) ?? section.id,
          free: own.freeCount(countFree(digits[section.id] ?? '')),
        };
      },
    });
  }

  function togglePicked(seatId: string): void {
    const outcome = sale.toggle(seatId);
    const { language } = page.voice();
    const { map, choice } = sale.view();
    const name = seatName(seatId, language, map);
    const count = choiceCount(choice);
    const texts = {
      added: words().picked(name, count),
      removed: words().unpicked(name, count),
      taken: words().seatTaken(name),
      full: words().notices.full([]),
      busy: '',
    };
    page.announce(texts[outcome]);
  }

  function focusText({ section, seat }: Focus): string {
    const { map, digits, choice } = sale.view();
    const { language } = page.voice();
    const placed = map?.sections[section];
    if (map === null || placed === undefined) return '';
    const price = formatKrw(placed.section.priceKrw, language);
    const own = digits[placed.section.id] ?? '';
    if (seat === null) {
      const name = inLanguage(placed.section.name, language) ?? placed.section.id;
      return words().sectionFocus(name, price, words().freeOf(countFree(own)));
    }
    const seatId = seatIdAt(map, { section, seat }) ?? '';
    const isOwn = choice.seatIds.includes(seatId);
    const states = [words().stateFree, words().stateLocked, words().stateSold];
    const stateText = isOwn ? words().stateOwn : (states[Number(own[seat])] ?? '');
    return words().seatFocus(seatName(seatId, language, map), price, stateText);
  }

  /** Announces each change once: the last minute, an extension, a notice, another phase. */
  function announceChange(view: SaleView): void {
    if (view.isEnding && !wasEnding) page.announce(words().oneMinute);
    wasEnding = view.isEnding;
    const ends = view.hold?.expiresAtMs ?? 0;
    if (endsAtMs > 0 && ends > endsAtMs && announcedPhase === 'held') page.announce(words().extended);
    endsAtMs = ends;
    if (view.notice !== announcedNotice) {
      announcedNotice = view.notice;
      if (view.notice !== null) page.announce(noticeText(view, page.voice()) ?? '');
    }
    if (view.phase === announcedPhase) return;
    announcedPhase = view.phase;
    if (view.phase !== 'held' && state.isConfirmingRelease) changeState({ isConfirmingRelease: false });
    const texts: Partial<Record<SalePhase, string>> = {
      reserving: words().reserving,
      held: words().heldTitle,
      leaving: words().moving,
      bought: words().boughtTitle,
      'sign-in': words().signInLead,
      'no-sale': words().noSaleTitle,
      refused: words().refusedTitle,
    };
    const text = texts[view.phase];
    if (text !== undefined) page.announce(text);
    if (view.phase === 'held') {
      // The buyer pressed far down the page; the hold and its clock are at the top.
      window.scrollTo({ top: 0 });
      document.getElementById('main')?.focus({ preventScroll: true });
    }
  }

  // Only the clock of a hold changes between two answers. Twice per second, so that no second is skipped.
  setInterval(() => {
    if (sale.view().phase === 'held') page.update();
  }, 500);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') sale.sleep();
  });
  // `pagehide` also fires on phones, where `unload` often does not.
  window.addEventListener('pagehide', () => sale.reportClosed());
  onReturn(sale);
  sale.start();
}
