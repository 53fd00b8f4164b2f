import type { EventState } from '#contract/event.ts';
import type { Voice } from '../shared/mount.tsx';
import type { LineView } from './line-view.ts';

/** Least time between two announcements of progress, so that a screen reader's user can read other things. */
export const progressGapMs = 30_000;
/** Numbers of people ahead whose passing is announced. */
const milestones = [0, 10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000];

export interface Announced {
  readonly view: LineView;
  readonly progressAtMs: number;
}

/**
 * The announcement for screen readers after a change of the view. A change of phase or state is announced at once, progress
 * only when a milestone is passed, at most once per `progressGapMs`. Null: none.
 */
export function announcement(
  last: Announced,
  view: LineView,
  nowMs: number,
  t: Voice['t'],
): { readonly text: string; readonly isProgress: boolean } | null {
  const before = last.view;
  const urgent = (text: string) => ({ text, isProgress: false });
  if (view.phase !== before.phase) {
    // The place and the state of the line are one announcement, so it waits for the document.
    if (view.phase === 'waiting' && view.status === null) return null;
    if (view.phase === 'waiting')
      return urgent(`${stateTitle(view.status?.state, t)}. ${aheadText(view, t)}`);
    const title = phaseTitle(view, t);
    return title === null ? null : urgent(title);
  }
  if (view.isNetworkFull && !before.isNetworkFull) return urgent(t.networkFull);
  if (view.isReconnecting !== before.isReconnecting) {
    return urgent(view.isReconnecting ? t.reconnecting : t.reconnected);
  }
  if (view.phase !== 'waiting') return null;
  if (view.status?.state !== before.status?.state) return urgent(stateTitle(view.status?.state, t));
  if (
    milestone(view.peopleAhead) < milestone(before.peopleAhead) &&
    nowMs - last.progressAtMs >= progressGapMs
  ) {
    return { text: aheadText(view, t), isProgress: true };
  }
  return null;
}

const milestone = (ahead: number | null) =>
  ahead === null ? milestones.length : milestones.filter((most) => ahead > most).length;

export function aheadText(view: LineView, t: Voice['t']): string {
  if (view.peopleAhead === null) return t.joining;
  return view.peopleAhead === 0 ? t.nextUp : t.ahead(view.peopleAhead);
}

/** Title of the line's state. */
export function stateTitle(state: EventState | undefined, t: Voice['t']): string {
  switch (state) {
    case 'upcoming':
      return t.upcomingTitle;
    case 'paused':
      return t.pausedTitle;
    case 'sold-out':
      return t.soldOutTitle;
    default:
      return t.openTitle;
  }
}

/** Title of every phase but waiting, whose title is the line's state. */
export function phaseTitle(view: LineView, t: Voice['t']): string | null {
  switch (view.phase) {
    case 'joining':
    case 'waiting':
      return null;
    case 'called':
      return view.call?.round === 2 ? t.calledAgainTitle : t.calledTitle;
    case 'leaving':
      return t.leavingTitle;
    case 'expired':
      return t.expiredTitle;
    case 'no-event':
      return t.noEvent;
    case 'sign-in':
      return t.signInTitle;
    case 'closed':
      return t.closedTitle;
    case 'refused':
      return t.refusedTitle;
  }
}
