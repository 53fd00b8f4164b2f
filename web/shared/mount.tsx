import { type ComponentChildren, render } from 'preact';
import { pages } from './addresses.ts';
import { type Language, readLanguage, storeLanguage } from './language.ts';
import { type Messages, messages } from './messages.ts';

/** The visitor's language and its texts. */
export interface Voice {
  readonly language: Language;
  readonly t: Messages;
}

export interface Page {
  /** Draws again, after the page's own state changed. */
  update(): void;
  /** Has a screen reader say a text once, after what it is saying. */
  announce(text: string): void;
  voice(): Voice;
}

export interface Drawn {
  /** Title of the tab, without the product's name. */
  readonly title: string;
  readonly body: ComponentChildren;
}

/** Draws a page into the document: the header with the language switch, and the main landmark. */
export function mountPage(draw: (voice: Voice) => Drawn): Page {
  const root = document.getElementById('page');
  const live = document.getElementById('live');
  if (!root || !live) throw new Error('the page has no #page or #live element');
  let language = readLanguage();

  const page: Page = {
    update() {
      const voice = page.voice();
      const { title, body } = draw(voice);
      document.documentElement.lang = language;
      document.title = `${title} · URR`;
      render(<Frame voice={voice} onLanguage={switchLanguage} body={body} />, root);
    },
    announce(text) {
      live.textContent = text;
    },
    voice: () => ({ language, t: messages[language] }),
  };
  const switchLanguage = () => {
    language = language === 'ko' ? 'en' : 'ko';
    storeLanguage(language);
    // A text in the former language would be read with the pronunciation of the new one.
    live.textContent = '';
    page.update();
  };
  page.update();
  return page;
}

function Frame(props: { voice: Voice; onLanguage: () => void; body: ComponentChildren }) {
  const { t, language } = props.voice;
  return (
    <>
      <a class="skip" href="#main">
        {t.skip}
      </a>
      <header class="bar">
        <a class="brand" href={pages.home} aria-label={`URR · ${t.home}`}>
          <Mark />
          <span aria-hidden="true">우르르</span>
        </a>
        <nav class="bar-end" aria-label={t.siteLinks}>
          <a class="bar-link" href={pages.reservations} id="mine">
            {t.myReservations}
          </a>
          <button
            type="button"
            class="quiet"
            // The button names the other language in that language.
            lang={language === 'ko' ? 'en' : 'ko'}
            onClick={props.onLanguage}
            id="language"
          >
            {t.otherLanguage}
          </button>
        </nav>
      </header>
      {/* Focusable, so that the skip link and the held seats can move the focus here; not a tab stop. */}
      <main id="main" tabIndex={-1}>
        {props.body}
      </main>
    </>
  );
}

/** The product's mark: three people, the first of them lit. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 34 20" width="34" height="20" aria-hidden="true">
      {[27, 17, 7].map((x, index) => (
        <g key={x} class={index === 0 ? 'lit' : ''} opacity={index === 2 ? 0.55 : 1}>
          <circle cx={x} cy="5" r="4" />
          <path d={`M${x - 5.5} 20v-3.5a5.5 5.5 0 0 1 11 0V20z`} />
        </g>
      ))}
    </svg>
  );
}
