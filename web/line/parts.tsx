import type { Calling } from '../shared/calling.ts';
import { formatNumber } from '../shared/format.ts';
import type { Voice } from '../shared/mount.tsx';

/** What both lines show of a place. */
export interface Standing {
  readonly peopleAhead: number;
  /** People ahead when this visitor came: where the progress bar starts. */
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

/** How much of the line that stood ahead at the join has gone in. */
function progressShare({ peopleAhead, aheadAtJoin }: Standing): number {
  if (aheadAtJoin === null) return 0;
  return aheadAtJoin === 0 ? 1 : Math.min(1, Math.max(0, 1 - peopleAhead / aheadAtJoin));
}

/** The door is open: the page goes by itself, or by hand when it was sent back. */
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

/** Asks to be called by sound, or mutes the call. */
export function CallingSwitch({ calling, t }: { calling: Pick<Calling, 'isOn' | 'toggle'>; t: Voice['t'] }) {
  const isOn = calling.isOn();
  return (
    <button type="button" class="quiet calling" id="calling" aria-pressed={isOn} onClick={calling.toggle}>
      {isOn ? t.callingOn : t.callingOff}
    </button>
  );
}
