import { stateTitle } from '../line/announcement.ts';
import { Crowd } from '../line/crowd.tsx';
import { AheadCount, CallingSwitch, Departure } from '../line/parts.tsx';
import { pages } from '../shared/addresses.ts';
import type { CatalogueEvent } from '../shared/answers.ts';
import type { Calling } from '../shared/calling.ts';
import { EndCard } from '../shared/end-card.tsx';
import { formatNumber, formatWait } from '../shared/format.ts';
import { inLanguage } from '../shared/language.ts';
import type { Voice } from '../shared/mount.tsx';
import type { QueuePlace } from './answers.ts';
import type { Queue, QueueView } from './queue.ts';

export interface QueueProps {
  readonly view: QueueView;
  readonly queue: Pick<Queue, 'joinAgain' | 'departNow'>;
  readonly event: CatalogueEvent | null;
  readonly eventId: string;
  readonly isConfirmingLeave: boolean;
  onConfirmLeave(isConfirming: boolean): void;
  onLeave(): void;
  readonly calling: Pick<Calling, 'isOn' | 'toggle'>;
  readonly voice: Voice;
}

export function queueTitle({ view, event, voice }: Pick<QueueProps, 'view' | 'event' | 'voice'>): string {
  const name = inLanguage(event?.title, voice.language) ?? voice.t.queueTitle;
  return view.phase === 'waiting' && view.place !== null
    ? `${aheadText(view.place, voice.t)} · ${name}`
    : name;
}

export const aheadText = (place: QueuePlace, t: Voice['t']) =>
  place.peopleAhead === 0 ? t.nextUp : t.ahead(place.peopleAhead);

export function QueuePage(props: QueueProps) {
  const { view, event, voice } = props;
  const isInLine = view.phase === 'joining' || view.phase === 'waiting' || view.phase === 'leaving';
  return (
    <div class="waiting">
      <hgroup>
        {event !== null && <p class="eyebrow">{voice.t.queueTitle}</p>}
        <h1>{inLanguage(event?.title, voice.language) ?? voice.t.queueTitle}</h1>
      </hgroup>
      {isInLine ? <Standing {...props} /> : <Ended {...props} />}
    </div>
  );
}

function Standing(props: QueueProps) {
  const { view, voice, queue } = props;
  const { t } = voice;
  const isTurn = view.phase === 'leaving';
  const ahead = view.place?.peopleAhead ?? null;
  const state = view.place?.eventState;
  return (
    <>
      <section class="ticket" aria-labelledby="standing">
        <div class="ticket-main">
          <h2 id="standing" class={`state ${isTurn ? 'turn' : (state ?? 'joining')}`}>
            {isTurn ? t.leavingTitle : state === undefined ? t.joining : stateTitle(state, t)}
          </h2>
          <Crowd peopleAhead={isTurn ? 0 : ahead} isMoving={isTurn || state === 'open'} isDoorOpen={isTurn} />
          {isTurn && <Departure wasSentBack={view.wasSentBack} t={t} onGo={queue.departNow} />}
          {!isTurn && ahead !== null && (
            <AheadCount standing={{ peopleAhead: ahead, aheadAtJoin: view.aheadAtJoin }} voice={voice} />
          )}
        </div>
        {view.place !== null && <Stub place={view.place} voice={voice} />}
      </section>
      {view.isReconnecting ? <p class="hint lost">{t.reconnecting}</p> : <p class="hint">{t.queueHint}</p>}
      {view.wasInside && <p class="hint strong">{t.wasInsideHint}</p>}
      {view.phase === 'waiting' && <CallingSwitch calling={props.calling} t={t} />}
      {view.phase === 'waiting' && <Leave {...props} />}
    </>
  );
}

function Stub({ place, voice }: { place: QueuePlace; voice: Voice }) {
  const { t, language } = voice;
  const wait = place.estimatedWait === null ? t.waitUnknown : formatWait(place.estimatedWait, language);
  return (
    <dl class="stub four">
      <div>
        <dt>{t.place}</dt>
        <dd id="place">{formatNumber(place.position, language)}</dd>
      </div>
      <div>
        <dt>{t.behind}</dt>
        <dd>{t.people(place.peopleBehind)}</dd>
      </div>
      <div>
        <dt>{t.wait}</dt>
        <dd id="wait">{place.estimatedWait === null ? wait : wait === null ? t.waitSoon : t.about(wait)}</dd>
      </div>
      <div>
        <dt>{t.shoppers}</dt>
        <dd id="shoppers">{t.shoppersOf(place.currentUsers, place.threshold)}</dd>
      </div>
    </dl>
  );
}

/** Leaving is final, so it needs a confirmation. A browser's dialogue would block the polls and so cost the place. */
function Leave({ isConfirmingLeave, onConfirmLeave, onLeave, voice }: QueueProps) {
  const { t } = voice;
  if (!isConfirmingLeave) {
    return (
      <button type="button" class="quiet leave" id="leave" onClick={() => onConfirmLeave(true)}>
        {t.leave}
      </button>
    );
  }
  return (
    <section class="leaving" aria-label={t.leave}>
      <p>{t.leaveSure}</p>
      <div class="choices">
        <button type="button" class="quiet" id="stay" onClick={() => onConfirmLeave(false)}>
          {t.stay}
        </button>
        <button type="button" class="quiet" id="leave-sure" onClick={onLeave}>
          {t.leave}
        </button>
      </div>
    </section>
  );
}

function Ended({ view, queue, event, eventId, voice }: QueueProps) {
  const { t } = voice;
  switch (view.phase) {
    case 'sign-in': {
      // Without a waiting room the shopper has passed nothing yet.
      const isFirstStep = event?.isGated === false;
      return (
        <EndCard
          title={isFirstStep ? t.signInPageTitle : t.throughTitle}
          lead={isFirstStep ? t.signInLead : t.throughSignIn}
        >
          <a class="primary" href={pages.signIn(pages.queue(eventId))}>
            {t.signIn}
          </a>
        </EndCard>
      );
    }
    case 'closed':
      return (
        <EndCard title={t.closedTitle}>
          <a class="primary" href={pages.home}>
            {t.home}
          </a>
        </EndCard>
      );
    case 'left':
      return (
        <EndCard title={t.leftTitle}>
          <button type="button" class="primary" onClick={queue.joinAgain}>
            {t.joinAgain}
          </button>
        </EndCard>
      );
    case 'refused':
      return (
        <EndCard
          title={t.refusedTitle}
          lead={view.refusalCode === 'WRONG_ACCOUNT' ? t.wrongAccount : t.refusedHint(view.refusalCode ?? '')}
        >
          <button type="button" class="primary" onClick={queue.joinAgain}>
            {t.retry}
          </button>
        </EndCard>
      );
    default:
      return <EndCard title={t.throughTitle} lead={t.throughHint} />;
  }
}
