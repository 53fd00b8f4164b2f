import type { Bells } from './bells.ts';
import type { PagePorts } from './page-ports.ts';

const key = 'urr.calling';
/** Length of the sound. Leaving the page would cut it off, so the next page opens after it. */
const callMs = 1_500;

export interface Calling {
  isOn(): boolean;
  /** Called from a press only: browsers allow neither sound nor a permission request otherwise. */
  toggle(): void;
  /** Calls the visitor once per reason, because every poll reports the same turn again. */
  call(reason: string, title: string, text: string): void;
  /** Opens the next page when the call has sounded. */
  go(href: string): void;
}

/** Calls a visitor who waits in another tab or beside the phone. Off at first; the choice lasts for this tab. */
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
        // A sample, so that the visitor knows the sound and its volume.
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
