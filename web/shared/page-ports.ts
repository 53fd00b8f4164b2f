import { openHintCookie } from '#contract/token-names.ts';
import { type Answer, type RequestOptions, request } from './api.ts';
import type { Reader } from './decode.ts';
import { tabMemory } from './tab-memory.ts';

/** Everything a line needs of the browser; a browser gives it, and so does a test. */
export interface PagePorts {
  request<T>(path: string, reader: Reader<T>, options?: RequestOptions): Promise<Answer<T>>;
  nowMs(): number;
  /** 0 (included) to 1 (excluded). */
  dice(): number;
  /** Runs later; returns what cancels it. */
  later(run: () => void, delayMs: number): () => void;
  /** Survives a refresh of this tab, not more; may forget. */
  recall(key: string): string | null;
  remember(key: string, value: string): void;
  /** Tells the edge that this event has no waiting room now, so that it asks the gate (contract/token-names.ts). */
  setOpenHint(eventId: string): void;
  go(href: string): void;
  /** Sends a word that needs no answer, also while the page is being closed. */
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

/** The hint opens nothing by itself; it lives as long as a visitor may take to come back to the page. */
const hintSeconds = 600;

export function setOpenHint(eventId: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is younger than browsers that buyers use.
  document.cookie = `${openHintCookie(eventId)}=1; Path=/; Secure; SameSite=Lax; Max-Age=${hintSeconds}`;
}
