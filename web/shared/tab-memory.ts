/** Session storage that may be refused: then this tab forgets, and nothing breaks. */
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
      // A private window: see above.
    }
  },
};
