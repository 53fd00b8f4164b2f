import { pages } from '../../shared/addresses.ts';
import { EndCard } from '../../shared/end-card.tsx';
import { inLanguage } from '../../shared/language.ts';
import type { Voice } from '../../shared/mount.tsx';
import { Held } from './held.tsx';
import { type ListOpen, SeatList } from './list.tsx';
import type { SeatMapView } from './map.ts';
import type { SeatMap } from './map-layout.ts';
import { Areas, Best, type BestWish, gradeRows, Legend, Tray } from './panels.tsx';
import { SeatedRow } from './parts.tsx';
import type { Sale, SaleView } from './sale-view.ts';
import { saleWords, seatName } from './words.ts';

/** State of the page that is not part of the sale. */
export interface PageState {
  readonly isList: boolean;
  readonly open: ListOpen;
  readonly best: BestWish;
  readonly isConfirmingRelease: boolean;
}

export interface SalePageProps {
  readonly view: SaleView;
  readonly sale: Sale;
  readonly hall: SeatMapView;
  readonly state: PageState;
  onState(change: Partial<PageState>): void;
  onPicked(seatId: string): void;
  readonly eventId: string;
  readonly nowMs: number;
  readonly voice: Voice;
}

export const saleTitle = (view: SaleView, voice: Voice) =>
  inLanguage(view.event?.title, voice.language) ?? saleWords[voice.language].seatsTitle;

export function SalePage(props: SalePageProps) {
  const { view, voice } = props;
  const words = saleWords[voice.language];
  return (
    <div class={view.phase === 'held' ? 'waiting' : 'sale'}>
      <hgroup>
        {view.event !== null && <p class="eyebrow">{words.seatsTitle}</p>}
        <h1>{saleTitle(view, voice)}</h1>
      </hgroup>
      <NoticeLine view={view} voice={voice} />
      <Phase {...props} />
    </div>
  );
}

export function noticeText(view: SaleView, voice: Voice): string | null {
  if (view.notice === null) return null;
  const { kind, seatIds } = view.notice;
  const names = seatIds.map((seatId) => seatName(seatId, voice.language, view.map));
  const words = saleWords[voice.language];
  return kind === 'account-full' ? words.accountLeft(view.seatsLeft ?? 0) : words.notices[kind](names);
}

/** Not a live region: the page announces the notice once, and a redraw must not repeat it. */
function NoticeLine({ view, voice }: { view: SaleView; voice: Voice }) {
  const text = noticeText(view, voice);
  if (text === null) return null;
  return (
    <p class="problem" id="notice">
      {text}
      {(view.notice?.kind === 'too-many' || view.notice?.kind === 'account-full') && (
        <>
          {' '}
          <a href={pages.reservations}>{saleWords[voice.language].toMine}</a>
        </>
      )}
    </p>
  );
}

function Phase(props: SalePageProps) {
  const { view, voice } = props;
  const words = saleWords[voice.language];
  switch (view.phase) {
    case 'loading':
      return <p class="loading">{view.isReconnecting ? words.reconnecting : voice.t.loading}</p>;
    case 'choosing':
    case 'reserving':
      return view.map === null ? (
        <EndCard title={words.reserving} lead={words.reservingHint} />
      ) : (
        <Choosing {...props} map={view.map} />
      );
    case 'held':
      return (
        <Held
          {...props}
          isConfirmingRelease={props.state.isConfirmingRelease}
          onConfirmRelease={(isConfirmingRelease) => props.onState({ isConfirmingRelease })}
        />
      );
    case 'leaving':
      return view.hold === null ? (
        <EndCard title={words.moving} lead={voice.t.leavingHint} />
      ) : (
        <EndCard title={words.toProvider} lead={words.toProviderHint} />
      );
    default:
      return <Ended {...props} />;
  }
}

function Choosing(props: SalePageProps & { map: SeatMap }) {
  const { view, map, sale, hall, state, voice } = props;
  const { language } = voice;
  const words = saleWords[language];
  const rows = gradeRows(map, view.digits);
  return (
    <div class="hall-and-side" aria-busy={view.phase === 'reserving'}>
      <section class="hall" aria-label={words.mapLabel}>
        <div class="hall-bar">
          {/* biome-ignore lint/a11y/useSemanticElements: two buttons of which one is pressed, not a form. */}
          <div class="switch" role="group" aria-label={words.viewChoice}>
            {[false, true].map((isList) => (
              <button
                key={String(isList)}
                type="button"
                id={isList ? 'as-list' : 'as-map'}
                aria-pressed={state.isList === isList}
                onClick={() => props.onState({ isList })}
              >
                {isList ? words.listView : words.mapView}
              </button>
            ))}
          </div>
          {view.isReconnecting && <p class="hint lost">{words.reconnecting}</p>}
        </div>
        {state.isList ? (
          <SeatList
            view={view}
            map={map}
            sale={sale}
            open={state.open}
            onOpen={(open) => props.onState({ open })}
            onPicked={props.onPicked}
            voice={voice}
          />
        ) : (
          <MapBox hall={hall} voice={voice} />
        )}
        <Legend rows={rows} voice={voice} />
      </section>
      <div class="side">
        <Best
          view={view}
          map={map}
          sale={sale}
          voice={voice}
          rows={rows}
          best={state.best}
          onBest={(best) => props.onState({ best })}
        />
        <Areas view={view} map={map} sale={sale} voice={voice} />
        <Tray view={view} map={map} sale={sale} voice={voice} />
      </div>
    </div>
  );
}

function MapBox({ hall, voice }: { hall: SeatMapView; voice: Voice }) {
  const words = saleWords[voice.language];
  return (
    <div class="map-box">
      {/* The role `application` makes a screen reader pass the arrow keys to the map. The list has the same seats. */}
      <div
        ref={hall.attach}
        class="map"
        id="map"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is the map's one tab stop.
        tabIndex={0}
        aria-label={words.mapLabel}
        aria-describedby="map-help"
      >
        <canvas />
      </div>
      <p id="map-help" class="unseen">
        {words.mapHelp}
      </p>
      <div class="zoom">
        <button type="button" class="round" aria-label={words.zoomIn} onClick={() => hall.zoomBy(1.7)}>
          <Glyph d="M10 4v12M4 10h12" />
        </button>
        <button type="button" class="round" aria-label={words.zoomOut} onClick={() => hall.zoomBy(1 / 1.7)}>
          <Glyph d="M4 10h12" />
        </button>
        <button type="button" class="round" aria-label={words.zoomWhole} onClick={() => hall.whole()}>
          <Glyph d="M4 8V4h4M12 4h4v4M16 12v4h-4M8 16H4v-4" />
        </button>
      </div>
    </div>
  );
}

const Glyph = ({ d }: { d: string }) => (
  <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" class="glyph">
    <path d={d} />
  </svg>
);

function Ended({ view, sale, eventId, voice }: SalePageProps) {
  const { t, language } = voice;
  const words = saleWords[language];
  switch (view.phase) {
    case 'sign-in':
      return (
        <EndCard title={t.signInPageTitle} lead={words.signInLead}>
          <a class="primary" href={pages.signIn(pages.seats(eventId))}>
            {t.signIn}
          </a>
        </EndCard>
      );
    case 'bought':
      return (
        <EndCard title={words.boughtTitle}>
          <SeatedRow own={view.hold?.seatIds.length ?? 1} isLit={true} />
          <a class="primary" href={pages.reservations}>
            {words.toMine}
          </a>
          <button type="button" class="quiet" onClick={sale.chooseAgain}>
            {words.buyMore}
          </button>
        </EndCard>
      );
    case 'sale-ended':
      return (
        <EndCard id="sale-ended" title={words.saleEndedTitle} lead={words.saleEndedHint}>
          <a class="primary" href={pages.reservations}>
            {words.toMine}
          </a>
        </EndCard>
      );
    case 'no-sale':
      return (
        <EndCard title={words.noSaleTitle} lead={words.noSaleHint}>
          <a class="primary" href={pages.event(eventId)}>
            {t.home}
          </a>
        </EndCard>
      );
    default:
      return (
        <EndCard
          title={words.refusedTitle}
          lead={
            view.refusalCode === 'WRONG_ACCOUNT'
              ? words.wrongAccount
              : words.refusedHint(view.refusalCode ?? '')
          }
        >
          <a class="primary" href={pages.event(eventId)}>
            {t.retry}
          </a>
        </EndCard>
      );
  }
}
