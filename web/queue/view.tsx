import { pages } from '../shared/addresses.ts';
import type { CatalogueEvent } from '../shared/answers.ts';
import { formatNumber, formatWait } from '../shared/format.ts';
import { inLanguage } from '../shared/language.ts';
import type { Voice } from '../shared/mount.tsx';
import { Crowd } from '../waiting/crowd.tsx';
import { progressShare } from '../waiting/view.tsx';
import type { QueuePlace } from './answers.ts';
import type { Queue, QueueView } from './queue.ts';

export interface QueueProps {
  readonly view: QueueView;
  readonly queue: Pick<Queue, 'joinAgain' | 'goOn'>;
  readonly event: CatalogueEvent | null;
  readonly eventId: string;
  readonly isAskedToLeave: boolean;
  onLeaving(isAsked: boolean): void;
  onLeave(): void;
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
  return (
    <>
      <section class="ticket" aria-labelledby="standing">
        <div class="ticket-main">
          <h2 id="standing" class={`state ${isTurn ? 'turn' : view.place === null ? 'joining' : 'open'}`}>
            {isTurn ? t.leavingTitle : view.place === null ? t.joining : t.openTitle}
          </h2>
          <Crowd peopleAhead={isTurn ? 0 : ahead} isMoving={true} isDoorOpen={isTurn} />
          {isTurn ? (
            <Turn view={view} t={t} onGo={queue.goOn} />
          ) : (
            ahead !== null && (
              <>
                <p class="label">{t.aheadLabel}</p>
                <p class="hero" id="ahead">
                  {formatNumber(ahead, voice.language)}
                  {t.aheadUnit && <span class="unit">{t.aheadUnit}</span>}
                </p>
                <progress
                  max={100}
                  value={Math.round(
                    100 * progressShare({ peopleAhead: ahead, aheadAtJoin: view.aheadAtJoin }),
                  )}
                  aria-label={t.progress}
                />
              </>
            )
          )}
        </div>
        {view.place !== null && <Stub place={view.place} voice={voice} />}
      </section>
      {view.isReconnecting ? <p class="hint lost">{t.reconnecting}</p> : <p class="hint">{t.queueHint}</p>}
      {view.phase === 'waiting' && <Leave {...props} />}
    </>
  );
}

function Turn(props: { view: QueueView; t: Voice['t']; onGo: () => void }) {
  const { view, t } = props;
  return (
    <>
      <p class="lead">{view.wasSentBack ? t.bouncedHint : t.leavingHint}</p>
      {view.wasSentBack && (
        <button type="button" class="primary" onClick={props.onGo}>
          {t.goOn}
        </button>
      )}
    </>
  );
}

function Stub({ place, voice }: { place: QueuePlace; voice: Voice }) {
  const { t, language } = voice;
  const wait = place.estimatedWait === null ? t.waitUnknown : formatWait(place.estimatedWait, language);
  return (
    <dl class="stub">
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
        <dd id="shoppers">
          {place.threshold === null
            ? t.people(place.currentUsers)
            : t.shoppersOf(place.currentUsers, place.threshold)}
        </dd>
      </div>
    </dl>
  );
}

/** Leaving cannot be taken back, so it is asked twice, in the page's own words rather than in a blocking dialogue. */
function Leave({ isAskedToLeave, onLeaving, onLeave, voice }: QueueProps) {
  const { t } = voice;
  if (!isAskedToLeave) {
    return (
      <button type="button" class="quiet leave" id="leave" onClick={() => onLeaving(true)}>
        {t.leave}
      </button>
    );
  }
  return (
    <section class="leaving" aria-label={t.leave}>
      <p>{t.leaveSure}</p>
      <div class="choices">
        <button type="button" class="quiet" id="stay" onClick={() => onLeaving(false)}>
          {t.stay}
        </button>
        <button type="button" class="quiet" id="leave-sure" onClick={onLeave}>
          {t.leave}
        </button>
      </div>
    </section>
  );
}

function Ended({ view, queue, eventId, voice }: QueueProps) {
  const { t } = voice;
  switch (view.phase) {
    case 'sign-in':
      return (
        <section class="card ended">
          <h2>{t.throughTitle}</h2>
          <p class="lead">{t.throughSignIn}</p>
          <a class="primary" href={pages.signIn(pages.queue(eventId))}>
            {t.signIn}
          </a>
        </section>
      );
    case 'left':
      return (
        <section class="card ended">
          <h2>{t.leftTitle}</h2>
          <button type="button" class="primary" onClick={queue.joinAgain}>
            {t.joinAgain}
          </button>
        </section>
      );
    case 'refused':
      return (
        <section class="card ended">
          <h2>{t.refusedTitle}</h2>
          <p class="lead">
            {view.refusalCode === 'WRONG_ACCOUNT' ? t.wrongAccount : t.refusedHint(view.refusalCode ?? '')}
          </p>
          <button type="button" class="primary" onClick={queue.joinAgain}>
            {t.retry}
          </button>
        </section>
      );
    default:
      return (
        <section class="card ended">
          <h2>{t.throughTitle}</h2>
          <p class="lead">{t.throughHint}</p>
        </section>
      );
  }
}
