/** What a page does when its visitor comes back to it: from another tab, from sleep, from a lost network. */
export function onReturn(line: { wake(): void; lostNetwork(): void }): void {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') line.wake();
  });
  window.addEventListener('online', () => line.wake());
  window.addEventListener('offline', () => line.lostNetwork());
  // Back from the next page out of the browser's own cache: timers were frozen and the place may have been used.
  window.addEventListener('pageshow', (shown) => {
    if (shown.persisted) location.reload();
  });
}
