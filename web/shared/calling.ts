import type { Bells } from './bells.ts';
import type { PagePorts } from './page-ports.ts';

const key = 'urr.calling';
/** The call is heard out before the page gives way to the next one. */
const callMs = 1_500;

export interface Calling {
  isOn(): boolean;
  /** By a press alone: browsers play no sound and ask for no leave otherwise. */
  toggle(): void;
  /** Calls the visitor, once per reason: a poll that says the same again is no news. */
  call(reason: string, title: string, text: string): void;
  /** Goes on to the next page when the call has been heard. */
  go(href: string): void;
}

/** Calls a visitor who waits in another tab or beside the phone. Off until asked for; kept for this tab, over pages. */
export function createCalling(
  bells: Bells,
  ports: Pick<PagePorts, 'recall' | 'remember' | 'later' | 'nowMs' | 'go'>,
  onChange: () => void,
): Calling {
  let isOn = ports.recall(key) === 'on';
  let lastReason: string | null = null;
  let calledAtMs = Number.NEGATIVE_INFINITY;

  return {
    isOn: () => isOn,
    toggle() {
      isOn = !isOn;
      ports.remember(key, isOn ? 'on' : 'off');
      if (isOn) {
        // So that it is known how a call sounds, and that it can be heard.
        bells.ring();
        bells.askToNotify();
      }
      onChange();
    },
    call(reason, title, text) {
      if (reason === lastReason) return;
      lastReason = reason;
      if (!isOn) return;
      calledAtMs = ports.nowMs();
      bells.ring();
      bells.vibrate();
      bells.notify(title, text);
    },
    go(href) {
      const leftMs = calledAtMs + callMs - ports.nowMs();
      if (leftMs > 0) ports.later(() => ports.go(href), leftMs);
      else ports.go(href);
    },
  };
}
