import { openHintCookie } from '#contract/token-names.ts';
import { type Answer, type RequestOptions, request } from './api.ts';
import type { Reader } from './decode.ts';
import { tabMemory } from './tab-memory.ts';

/** The browser as the pages' logic needs it; tests replace it. */
export interface PagePorts {
  request<T>(path: string, reader: Reader<T>, options?: RequestOptions): Promise<Answer<T>>;
  nowMs(): number;
  /** A random number from 0 (included) to 1 (excluded). */
  dice(): number;
  /** Starts a timer and returns the function that cancels it. */
  later(run: () => void, delayMs: number): () => void;
  /** The tab's memory: lasts over a refresh, ends with the tab, and may be lost at any time. */
  recall(key: string): string | null;
  remember(key: string, value: string): void;
  /** Sets the hint cookie of an event without a waiting room: the gate then decides (contract/token-names.ts). */
  setOpenHint(eventId: string): void;
  go(href: string): void;
  /** Sends a request without an answer, also while the page is being closed. */
  sendBeacon(path: string): void;
}

export const browserPorts: PagePorts = {
  request,
  nowMs: Date.now,
  dice: Math.random,
  later(run, delayMs) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  ...tabMemory,
  setOpenHint,
  go: (href) => location.assign(href),
  sendBeacon: (path) => void navigator.sendBeacon(path),
};

/** Lifetime of the hint. It opens nothing, so it may outlast the state that it reports. */
const hintSeconds = 600;

export function setOpenHint(eventId: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is younger than browsers that buyers use.
  document.cookie = `${openHintCookie(eventId)}=1; Path=/; Secure; SameSite=Lax; Max-Age=${hintSeconds}`;
}
