/** Calls a visitor who looks elsewhere. Each method does nothing if the browser lacks it or refuses. */
export interface Bells {
  /** Three tones, about a second. */
  ring(): void;
  vibrate(): void;
  /** A notification of the system, if the visitor has allowed it and does not look at the page. */
  notify(title: string, text: string): void;
  /** Requests permission for notifications; browsers show the request only after a press. */
  askToNotify(): void;
}

/** Loud enough across a room, not startling in headphones. */
const volume = 0.25;
const tones = [
  { hertz: 660, fromSeconds: 0 },
  { hertz: 880, fromSeconds: 0.3 },
  { hertz: 1100, fromSeconds: 0.6 },
];
const toneSeconds = 0.25;
/** Milliseconds of vibration and pause in turn. */
const vibrationMs = [200, 100, 200, 100, 400];

let audio: AudioContext | null = null;

export const browserBells: Bells = {
  ring() {
    try {
      audio ??= new AudioContext();
      // A context that was created before any press is suspended.
      void audio.resume();
      for (const { hertz, fromSeconds } of tones) play(audio, hertz, audio.currentTime + fromSeconds);
    } catch {
      // No audio device, or the browser refuses.
    }
  },
  vibrate() {
    if ('vibrate' in navigator) navigator.vibrate(vibrationMs);
  },
  notify(title, body) {
    if (!('Notification' in window) || Notification.permission !== 'granted' || !document.hidden) return;
    try {
      new Notification(title, { body, tag: 'urr-call', icon: '/favicon.svg' }).onclick = () => window.focus();
    } catch {
      // Chrome on Android allows notifications from service workers only.
    }
  },
  askToNotify() {
    if ('Notification' in window && Notification.permission === 'default')
      Notification.requestPermission().catch(() => undefined);
  },
};

function play(context: AudioContext, hertz: number, atSeconds: number): void {
  const gain = context.createGain();
  gain.gain.setValueAtTime(volume, atSeconds);
  // A tone without a fade ends with a click.
  gain.gain.exponentialRampToValueAtTime(0.001, atSeconds + toneSeconds);
  const tone = context.createOscillator();
  tone.frequency.value = hertz;
  tone.connect(gain).connect(context.destination);
  tone.start(atSeconds);
  tone.stop(atSeconds + toneSeconds);
}
