import { estimateWait } from '#core/line/estimate.ts';
import { pages } from '../shared/addresses.ts';
import type { CatalogueEvent } from '../shared/answers.ts';
import type { Calling } from '../shared/calling.ts';
import { formatCountdown, formatDateTime, formatNumber, formatWait } from '../shared/format.ts';
import { inLanguage } from '../shared/language.ts';
import type { Voice } from '../shared/mount.tsx';
import { aheadText, phaseTitle, stateTitle } from './announcement.ts';
import { Crowd } from './crowd.tsx';
import { type Line, type LineView, msToCome, msUntilOpening, offersSignIn } from './line-view.ts';
import { AheadCount, CallingSwitch, Departure } from './parts.tsx';

export interface WaitingProps {
  readonly view: LineView;
  readonly line: Pick<Line, 'joinAgain' | 'departNow'>;
  readonly event: CatalogueEvent | null;
  readonly eventId: string;
  readonly nowMs: number;
  readonly voice: Voice;
  readonly calling: Pick<Calling, 'isOn' | 'toggle'>;
}

/** Title of the tab: the place first, because a background tab shows only the start of its title. */
export function waitingTitle({ view, event, voice, nowMs }: Omit<WaitingProps, 'calling'>): string {
  const { t, language } = voice;
  const name = inLanguage(event?.title, language) ?? t.waitingRoom;
  const standing = view.phase === 'waiting' ? aheadText(view, t) : phaseTitle(view, t);
  const left = msToCome(view, nowMs);
  const parts = [standing, left === null ? null : formatCountdown(left, language), name];
  return parts.filter((part) => part !== null).join(' · ');
}

export function Waiting(props: WaitingProps) {
  const { view, event, voice } = props;
  const { t, language } = voice;
  const isInLine = ['joining', 'waiting', 'called', 'leaving'].includes(view.phase);
  return (
    <div class="waiting">
      <hgroup>
        {event !== null && <p class="eyebrow">{t.waitingRoom}</p>}
        <h1>{inLanguage(event?.title, language) ?? t.waitingRoom}</h1>
      </hgroup>
      {isInLine ? <Standing {...props} /> : <Ended {...props} />}
    </div>
  );
}

function Standing(props: WaitingProps) {
  const { view, voice, line, eventId } = props;
  const { t } = voice;
  const isTurn = view.phase === 'called' || view.phase === 'leaving';
  return (
    <>
      <section class="ticket" aria-labelledby="standing">
        <div class="ticket-main">
          <h2 id="standing" class={`state ${isTurn ? 'turn' : (view.status?.state ?? 'joining')}`}>
            {phaseTitle(view, t) ?? (view.ticket === null ? t.joining : stateTitle(view.status?.state, t))}
          </h2>
          <Crowd
            peopleAhead={view.peopleAhead}
            isMoving={isTurn || view.status?.state === 'open'}
            isDoorOpen={isTurn}
          />
          {isTurn ? (
            view.phase === 'leaving' ? (
              <Departure wasSentBack={view.wasSentBack} t={t} onGo={line.departNow} />
            ) : (
              <Called {...props} />
            )
          ) : (
            <Ahead {...props} />
          )}
        </div>
        <Stub {...props} />
      </section>
      <Notice view={view} voice={voice} />
      {offersSignIn(view) && (
        <p class="hint strong">
          {t.signInWhileWaiting} <a href={pages.signIn(pages.waiting(eventId))}>{t.signIn}</a>
        </p>
      )}
      {view.wasRestarted && <p class="hint strong">{t.restarted}</p>}
      {view.isNetworkFull ? (
        <p class="hint strong">
          {t.networkFull} <a href={pages.signIn(pages.waiting(eventId))}>{t.signIn}</a>
        </p>
      ) : view.isReconnecting ? (
        <p class="hint lost">{t.reconnecting}</p>
      ) : (
        !isTurn && <p class="hint">{standingHint(view, t)}</p>
      )}
      {view.phase === 'waiting' && view.status?.claimWindowSeconds !== undefined && (
        <p class="hint">{t.windowHint(view.status.claimWindowSeconds)}</p>
      )}
      {!isTurn && <CallingSwitch calling={props.calling} t={t} />}
    </>
  );
}

/** The time left of a call. Visible while the pass cannot be fetched yet, because of the network or the load. */
function Called({ view, voice, nowMs }: WaitingProps) {
  const { t, language } = voice;
  const left = msToCome(view, nowMs);
  return (
    <>
      {left !== null && (
        <>
          <p class="label">{t.comeWithin}</p>
          <p class="hero clock" id="come-within" role="timer">
            {formatCountdown(left, language)}
          </p>
        </>
      )}
      <p class="lead">{view.call?.round === 2 ? t.calledAgainHint : t.calledHint}</p>
    </>
  );
}

function Ahead({ view, voice, nowMs }: WaitingProps) {
  const { t, language } = voice;
  const opening = msUntilOpening(view, nowMs);
  if (view.status?.state === 'upcoming' && opening !== null) {
    return (
      <>
        <p class="label">{t.opensIn}</p>
        <p class="hero clock" role="timer">
          {opening > 0 ? formatCountdown(opening, language) : t.opensSoon}
        </p>
        <p class="lead">{formatDateTime(view.status.opensAt ?? '', language)}</p>
      </>
    );
  }
  if (view.peopleAhead === null) return <p class="lead">{t.loading}</p>;
  const { peopleAhead, aheadAtJoin } = view;
  return <AheadCount standing={{ peopleAhead, aheadAtJoin }} voice={voice} />;
}

function Stub({ view, voice }: WaitingProps) {
  const { t, language } = voice;
  if (view.ticket === null) return null;
  return (
    <dl class="stub">
      <div>
        <dt>{t.place}</dt>
        <dd id="place">{formatNumber(view.ticket.position, language)}</dd>
      </div>
      <div>
        <dt>{t.wait}</dt>
        <dd id="wait">{waitText(view, voice)}</dd>
      </div>
      {view.status !== null && (
        <div>
          <dt>{t.totalWaiting}</dt>
          <dd>{t.people(view.status.totals.waiting)}</dd>
        </div>
      )}
    </dl>
  );
}

function waitText(view: LineView, { t, language }: Voice): string {
  if (view.phase !== 'waiting') return '–';
  if (view.status?.state === 'upcoming') return t.afterOpening;
  const isMoving = view.status?.state === 'open';
  const range =
    isMoving && view.peopleAhead !== null
      ? estimateWait(view.peopleAhead, view.status?.ratePerMinute ?? null)
      : null;
  if (range === null) return t.waitUnknown;
  const text = formatWait(range, language);
  return text === null ? t.waitSoon : t.about(text);
}

function standingHint(view: LineView, t: Voice['t']): string {
  switch (view.status?.state) {
    case 'upcoming':
      return t.upcomingHint;
    case 'paused':
      return t.pausedHint;
    case 'sold-out':
      return t.soldOutWait;
    default:
      return t.openHint;
  }
}

function Ended({ view, line, eventId, voice }: WaitingProps) {
  const { t } = voice;
  const hints: Partial<Record<LineView['phase'], string>> = {
    expired: t.expiredHint,
    'no-event': t.noEventHint,
    'sign-in': t.signInHint,
    closed: t.closedHint,
    refused: t.refusedHint(view.refusalCode ?? ''),
  };
  return (
    <section class="card ended" aria-labelledby="standing">
      <h2 id="standing">{phaseTitle(view, t)}</h2>
      <p class="lead">{hints[view.phase]}</p>
      {view.phase === 'expired' && (
        <button type="button" class="primary" onClick={line.joinAgain}>
          {t.joinAgain}
        </button>
      )}
      {view.phase === 'refused' && (
        <button type="button" class="primary" onClick={line.joinAgain}>
          {t.retry}
        </button>
      )}
      {view.phase === 'sign-in' && (
        <a class="primary" href={pages.signIn(pages.waiting(eventId))}>
          {t.signIn}
        </a>
      )}
      {(view.phase === 'no-event' || view.phase === 'closed') && (
        <a class="primary" href={pages.home}>
          {t.home}
        </a>
      )}
    </section>
  );
}

function Notice({ view, voice }: { view: LineView; voice: Voice }) {
  const message = inLanguage(view.status?.message, voice.language);
  if (message === undefined) return null;
  return (
    <aside class="notice" aria-label={voice.t.notice}>
      <p>{message}</p>
    </aside>
  );
}
