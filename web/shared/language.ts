export type Language = 'ko' | 'en';
const storageKey = 'urr.language';

/** What the visitor chose before, else the first of the browser's languages that the pages speak, else English. */
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
    // A private window may refuse storage: the choice then lasts until the page is left.
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
