import type { CatalogueEvent } from '../shared/answers.ts';
import type { Voice } from '../shared/mount.tsx';

/** The state of an event. */
export function StateChip({ state, t }: { state: CatalogueEvent['state']; t: Voice['t'] }) {
  return <span class={`chip ${state}`}>{t.states[state]}</span>;
}
