/**
 * Session storage: it lasts over a refresh and is separate for each tab, so two tabs of one visitor do not mix their holds.
 * A browser may refuse it; the tab then has no memory, and the pages work without.
 */
export const tabMemory = {
  recall(key: string): string | null {
    try {
      return sessionStorage.getItem(key);
    } catch {
      return null;
    }
  },
  remember(key: string, value: string): void {
    try {
      sessionStorage.setItem(key, value);
    } catch {
      // Refused: see above.
    }
  },
};
