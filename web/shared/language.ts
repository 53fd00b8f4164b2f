export type Language = 'ko' | 'en';
const storageKey = 'urr.language';

/** The visitor's earlier choice, else the first supported language of the browser, else English. */
export function pickLanguage(stored: string | null, preferred: readonly string[]): Language {
  if (stored === 'ko' || stored === 'en') return stored;
  for (const tag of preferred) {
    const [primary] = tag.toLowerCase().split('-');
    if (primary === 'ko' || primary === 'en') return primary;
  }
  return 'en';
}

export function readLanguage(): Language {
  return pickLanguage(readStored(), navigator.languages);
}

export function storeLanguage(language: Language): void {
  try {
    localStorage.setItem(storageKey, language);
  } catch {
    // A browser may refuse storage; the choice then lasts until the next page.
  }
}

function readStored(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

/** The text in the visitor's language, else in the other one. */
export function inLanguage(
  text: { readonly ko?: string | undefined; readonly en?: string | undefined } | undefined,
  language: Language,
): string | undefined {
  const other = language === 'ko' ? 'en' : 'ko';
  return text?.[language] || text?.[other] || undefined;
}
