/** Wakes a page whose visitor comes back from another tab, from sleep or from a lost network. */
export function onReturn(line: { wake(): void; lostNetwork(): void }): void {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') line.wake();
  });
  window.addEventListener('online', () => line.wake());
  window.addEventListener('offline', () => line.lostNetwork());
  // The back button may restore the page from the browser's cache, with frozen timers and a place that was used since.
  window.addEventListener('pageshow', (shown) => {
    if (shown.persisted) location.reload();
  });
}
