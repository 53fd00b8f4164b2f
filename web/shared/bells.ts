/** What can call a visitor who looks elsewhere. Each does nothing where the browser has none of it or refuses. */
export interface Bells {
  /** Three tones, about a second. */
  ring(): void;
  vibrate(): void;
  /** Shown by the system if the visitor has allowed it and does not look at the page. */
  notify(title: string, text: string): void;
  /** Asks for leave to do so; browsers demand that a press leads here. */
  askToNotify(): void;
}

/** Heard over a room, not frightening in headphones. */
const volume = 0.25;
const tones = [
  { hertz: 660, fromSeconds: 0 },
  { hertz: 880, fromSeconds: 0.3 },
  { hertz: 1100, fromSeconds: 0.6 },
];
const toneSeconds = 0.25;
const pattern = [200, 100, 200, 100, 400];

let audio: AudioContext | null = null;

export const browserBells: Bells = {
  ring() {
    try {
      audio ??= new AudioContext();
      // A context made before any press sleeps until it is woken.
      void audio.resume();
      for (const { hertz, fromSeconds } of tones) play(audio, hertz, audio.currentTime + fromSeconds);
    } catch {
      // No sound on this machine.
    }
  },
  vibrate() {
    if ('vibrate' in navigator) navigator.vibrate(pattern);
  },
  notify(title, body) {
    if (!('Notification' in window) || Notification.permission !== 'granted' || !document.hidden) return;
    try {
      new Notification(title, { body, tag: 'urr-call', icon: '/favicon.svg' }).onclick = () => window.focus();
    } catch {
      // Chrome on Android has notifications from service workers alone.
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
  // A tone that stops at once clicks.
  gain.gain.exponentialRampToValueAtTime(0.001, atSeconds + toneSeconds);
  const tone = context.createOscillator();
  tone.frequency.value = hertz;
  tone.connect(gain).connect(context.destination);
  tone.start(atSeconds);
  tone.stop(atSeconds + toneSeconds);
}
