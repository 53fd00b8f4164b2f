import type { Calling } from '../shared/calling.ts';
import { formatNumber } from '../shared/format.ts';
import type { Voice } from '../shared/mount.tsx';

/** A place as the waiting page and the queue page show it. */
export interface Standing {
  readonly peopleAhead: number;
  /** People ahead at the join: the start of the progress bar. */
  readonly aheadAtJoin: number | null;
}

export function AheadCount({ standing, voice }: { standing: Standing; voice: Voice }) {
  const { t, language } = voice;
  return (
    <>
      <p class="label">{t.aheadLabel}</p>
      <p class="hero" id="ahead">
        {formatNumber(standing.peopleAhead, language)}
        {t.aheadUnit && <span class="unit">{t.aheadUnit}</span>}
      </p>
      <progress max={100} value={Math.round(progressShare(standing) * 100)} aria-label={t.progress} />
    </>
  );
}

/** Share of the people ahead at the join who are ahead no more. */
function progressShare({ peopleAhead, aheadAtJoin }: Standing): number {
  if (aheadAtJoin === null) return 0;
  return aheadAtJoin === 0 ? 1 : Math.min(1, Math.max(0, 1 - peopleAhead / aheadAtJoin));
}

/** Text of a page that departs; a visitor who was sent back can also continue by a press. */
export function Departure(props: { wasSentBack: boolean; t: Voice['t']; onGo: () => void }) {
  const { t } = props;
  if (!props.wasSentBack) return <p class="lead">{t.leavingHint}</p>;
  return (
    <>
      <p class="lead">{t.bouncedHint}</p>
      <button type="button" class="primary" onClick={props.onGo}>
        {t.goOn}
      </button>
    </>
  );
}

/** Switches the call by sound on and off. */
export function CallingSwitch({ calling, t }: { calling: Pick<Calling, 'isOn' | 'toggle'>; t: Voice['t'] }) {
  const isOn = calling.isOn();
  return (
    <button type="button" class="quiet calling" id="calling" aria-pressed={isOn} onClick={calling.toggle}>
      {isOn ? t.callingOn : t.callingOff}
    </button>
  );
}
